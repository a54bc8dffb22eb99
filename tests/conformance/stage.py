"""One pool on one of the servers, made alike everywhere, and calls to it through boto3."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from cognitokit.testing import FakePool, LocalPool, totp_code

PASSWORD = "Passw0rd!"
NEW = "N3w-Passw0rd"
FLOWS = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
]
MISSING = "the server does not have this operation or option"
_MISSING_CODES = {"InvalidAction", "InternalError", "500", "NotImplemented", "501"}
_MFA_OPTIONS = {"SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration"}


class Options(NamedTuple):
    """How a scenario wants its pool."""

    secret: bool = False
    mfa: str = "OPTIONAL"
    pool: Mapping[str, Any] = {}
    client: Mapping[str, Any] = {}

    @property
    def create_pool(self) -> dict[str, Any]:
        """What goes to CreateUserPool."""
        rest = {name: value for name, value in self.pool.items() if name not in _MFA_OPTIONS}
        return {"AutoVerifiedAttributes": ["email"], **rest}

    @property
    def create_client(self) -> dict[str, Any]:
        """What goes to CreateUserPoolClient."""
        flows = FLOWS
        if "RefreshTokenRotation" in self.client:
            flows = [flow for flow in FLOWS if flow != "ALLOW_REFRESH_TOKEN_AUTH"]
        return {"ExplicitAuthFlows": flows, "PreventUserExistenceErrors": "ENABLED", **self.client}

    @property
    def mfa_config(self) -> dict[str, Any] | None:
        """What goes to SetUserPoolMfaConfig, if anything does."""
        if self.mfa == "OFF":
            return None
        methods = {name: value for name, value in self.pool.items() if name in _MFA_OPTIONS}
        return {
            "MfaConfiguration": self.mfa,
            "SoftwareTokenMfaConfiguration": {"Enabled": True},
            **methods,
        }


class Stage:
    """A pool with an app client, and the calls that scenarios make."""

    def __init__(
        self,
        cognito: Any,
        pool_id: str,
        client_id: str,
        client_secret: str | None,
        last_code: Callable[[str], str],
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self.cognito = cognito
        self.pool_id = pool_id
        self.client_id = client_id
        self.client_secret = client_secret
        self.last_code = last_code
        self.wait = wait

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """Call a public operation of the app client; return what it answers, without metadata."""
        return self._send(operation, {"ClientId": self.client_id, **params})

    def admin(self, operation: str, **params: Any) -> dict[str, Any]:
        """Call an administrator's operation."""
        return self._send(operation, {"UserPoolId": self.pool_id, **params})

    def mine(self, operation: str, result: Mapping[str, Any], **params: Any) -> dict[str, Any]:
        """Call an operation that an access token authorizes."""
        return self._send(operation, {"AccessToken": result["AccessToken"], **params})

    def _send(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        reply: dict[str, Any] = getattr(self.cognito, operation)(**params)
        reply.pop("ResponseMetadata")
        return reply

    def sign_up(self, username: str = "jane", **params: Any) -> dict[str, Any]:
        """SignUp with a good password and an email address."""
        attributes = [{"Name": "email", "Value": f"{username}@example.com"}]
        request = {
            "Username": username,
            "Password": PASSWORD,
            "UserAttributes": attributes,
            **params,
        }
        return self.call("sign_up", **request)

    def add_user(
        self, username: str = "jane", *, temporary: bool = False, **attributes: str
    ) -> None:
        """Make a user with a verified email address who can sign in."""
        values = {"email": f"{username}@example.com", "email_verified": "true", **attributes}
        self.admin(
            "admin_create_user",
            Username=username,
            TemporaryPassword=PASSWORD,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in values.items()],
        )
        if not temporary:
            self.admin(
                "admin_set_user_password", Username=username, Password=PASSWORD, Permanent=True
            )

    def sign_in(
        self,
        username: str = "jane",
        password: str = PASSWORD,
        flow: str = "USER_PASSWORD_AUTH",
        **more: str,
    ) -> dict[str, Any]:
        """InitiateAuth or its administrator's twin."""
        parameters = {"USERNAME": username, "PASSWORD": password, **more}
        request = {"ClientId": self.client_id, "AuthFlow": flow, "AuthParameters": parameters}
        if flow.startswith("ADMIN_"):
            return self.admin("admin_initiate_auth", **request)
        return self._send("initiate_auth", request)

    def tokens(self, username: str = "jane", **options: Any) -> dict[str, Any]:
        """Sign in and return the AuthenticationResult."""
        result: dict[str, Any] = self.sign_in(username, **options)["AuthenticationResult"]
        return result

    def respond(self, challenge: Mapping[str, Any], **responses: str) -> dict[str, Any]:
        """RespondToAuthChallenge."""
        return self.call(
            "respond_to_auth_challenge",
            ChallengeName=challenge["ChallengeName"],
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": "jane", **responses},
        )

    def enrol_totp(self, result: Mapping[str, Any], **preference: bool) -> str:
        """Give jane an authenticator app and switch it on; return its secret."""
        steady_period()
        secret: str = self.mine("associate_software_token", result)["SecretCode"]
        code = totp_code(secret, time.time())
        self.mine("verify_software_token", result, UserCode=code)
        settings = {"Enabled": True, **preference}
        self.mine("set_user_mfa_preference", result, SoftwareTokenMfaSettings=settings)
        return secret

    def secret_hash(self, username: str) -> str:
        """Return the SECRET_HASH of a username."""
        message = (username + self.client_id).encode()
        return base64.b64encode(
            hmac.digest((self.client_secret or "").encode(), message, "sha256")
        ).decode()


def steady_period() -> None:
    """Wait where a half minute is about to end, so that a code and the server mean the same one."""
    left = 30 - time.time() % 30
    if left < 3:
        time.sleep(left)


def outcome(do: Callable[[], Any]) -> Any:
    """Return what a scenario comes to: its result, the error code that ends it, or that it cannot be played."""
    try:
        return do()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return MISSING if code in _MISSING_CODES or status >= 500 else code


def code_of(do: Callable[..., Any], *arguments: Any, **params: Any) -> Any:
    """Return the error code of one call, or "ok"."""
    played = outcome(lambda: do(*arguments, **params))
    return played if isinstance(played, str) else "ok"


def shape(value: Any) -> Any:
    """Return the members of a reply, and their types instead of their values."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in sorted(value.items())}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


def fake(options: Options) -> Stage:
    """A FakePool."""
    pool = FakePool(
        secret=options.secret,
        mfa=options.mfa,  # type: ignore[arg-type]
        pool_options={**options.create_pool, **(options.mfa_config or {})},
        client_options=options.create_client,
    )
    return Stage(
        pool.cognito, pool.pool.id, pool.client_id, pool.client_secret, pool.last_code, pool.advance
    )


def ministack(server: LocalPool, options: Options) -> Stage:
    """A pool beside the one that the embedded server was started with."""
    before = len(server.outbox)

    def last_code(username: str) -> str:
        address = username if "@" in username else f"{username}@example.com"
        mails = [mail for mail in server.outbox[before:] if mail.destination == address]
        code = mails[-1].code
        assert code is not None
        return code

    return _served(server.cognito, options, last_code)


def moto(cognito: Any, options: Options) -> Stage:
    """A pool on moto's server, which sends nothing: the recovery code is in a header of the answer."""
    codes = ["123456"]  # what it takes at sign-up: anything

    def keep_code(parsed: Mapping[str, Any], **_event: Any) -> None:
        headers = parsed["ResponseMetadata"]["HTTPHeaders"]
        codes.append(headers["x-moto-forgot-password-confirmation-code"])

    cognito.meta.events.register("after-call.cognito-identity-provider.ForgotPassword", keep_code)
    return _served(cognito, options, lambda _username: codes[-1])


def _served(cognito: Any, options: Options, last_code: Callable[[str], str]) -> Stage:
    pool_id = cognito.create_user_pool(PoolName="stage", **options.create_pool)["UserPool"]["Id"]
    if options.mfa_config:
        cognito.set_user_pool_mfa_config(UserPoolId=pool_id, **options.mfa_config)
    made = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="stage",
        GenerateSecret=options.secret,
        **options.create_client,
    )["UserPoolClient"]
    return Stage(cognito, pool_id, made["ClientId"], made.get("ClientSecret"), last_code)
