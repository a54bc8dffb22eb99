"""The code of the quick start, from top to bottom."""

# [import]
from cognitokit import CognitoClient, CognitoVerifier, TokenError, errors
from cognitokit.testing import LocalPool

# [pool]
with LocalPool() as local:
    client = CognitoClient(local.pool, client_id=local.client_id)

    # [sign-up]
    client.sign_up("jane", "Tr0ub4dor&3", attributes={"email": "jane@example.com"})
    client.confirm_sign_up("jane", local.last_code("jane"))

    # [sign-in]
    result = client.sign_in("jane", "Tr0ub4dor&3")
    tokens = result.require_tokens()
    user = client.get_user(tokens.access_token)
    print(user.username, user.attributes["email"])

    # [verify]
    verifier = CognitoVerifier(local.pool, client_id=local.client_id, token_use="access")
    token = verifier.verify(tokens.access_token)
    print(token.username, sorted(token.scopes))

    # [refuse]
    elsewhere = CognitoVerifier(local.pool, client_id="another-app", token_use="access")
    try:
        elsewhere.verify(tokens.access_token)
    except TokenError as error:
        print(error.reason, error.claim, error.http_status)

    try:
        verifier.verify(tokens.access_token, groups=["admin"])
    except errors.MissingGroup as error:
        print(error.reason, error.expected, error.http_status)

    # [refresh]
    tokens = client.refresh(tokens)
    verifier.verify(tokens.access_token)

    # [end]
