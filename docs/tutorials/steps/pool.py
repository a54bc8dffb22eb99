from cognitokit.testing import LocalPool

PASSWORD = "Tr0ub4dor&3"

with LocalPool() as local:
    local.add_user("jane", PASSWORD)
    local.add_user("joe", PASSWORD, groups=["admin"])
    for name, value in local.environ.items():
        print(f"export {name}={value}")
    for username in ("jane", "joe"):
        tokens = local.client().sign_in(username, PASSWORD).require_tokens()
        print(f"export {username.upper()}={tokens.access_token}")
    print("# The pool is running. Press Enter to stop it.", flush=True)
    input()
