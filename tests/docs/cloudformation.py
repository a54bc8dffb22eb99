"""The CloudFormation templates that the how-to guides print, played by a FakePool.

A page's code then runs on the very settings that the page tells its readers to make.
"""

from __future__ import annotations

from typing import Any

import yaml
from sybil import Example

from cognitokit.testing import FakePool

# What AWS::Cognito::UserPool calls otherwise than CreateUserPool and SetUserPoolMfaConfig do.
_MFA_METHODS: dict[str, dict[str, Any]] = {
    "EMAIL_OTP": {"EmailMfaConfiguration": {}},
    "SMS_MFA": {"SmsMfaConfiguration": {}},
    "SOFTWARE_TOKEN_MFA": {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
}
_PASSKEYS = {
    "WebAuthnFactorConfiguration": "FactorConfiguration",
    "WebAuthnRelyingPartyID": "RelyingPartyId",
    "WebAuthnUserVerification": "UserVerification",
}
# What Cognito does where a template is silent, and a FakePool otherwise.
_CLIENT_DEFAULTS = {
    "ExplicitAuthFlows": [
        "ALLOW_CUSTOM_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_USER_SRP_AUTH",
    ],
    "PreventUserExistenceErrors": "LEGACY",
}


class _Loader(yaml.SafeLoader):
    """Reads YAML with CloudFormation's short forms, such as !Ref and !GetAtt."""


def _short_form(_loader: _Loader, tag: str, node: yaml.ScalarNode) -> str:
    name = str(node.value).partition(".")[0]
    return f"arn:aws:cloudformation:eu-west-1:123456789012:{name}" if tag == "GetAtt" else name


_Loader.add_multi_constructor("!", _short_form)


def read_template(example: Example) -> None:
    """Put the template of a yaml block before the code that follows it, as `template`."""
    example.namespace["template"] = yaml.load(example.parsed, _Loader)  # noqa: S506 - a safe loader


def pool_of(template: dict[str, Any], **options: Any) -> FakePool:
    """Return a pool with the template's settings and no others.

    Args:
        template: With one AWS::Cognito::UserPool, whose first AWS::Cognito::UserPoolClient becomes
            the pool's app client.
        **options: Further arguments of FakePool.
    """
    resources = list(template["Resources"].values())
    pools = [each for each in resources if each["Type"] == "AWS::Cognito::UserPool"]
    clients = [each for each in resources if each["Type"] == "AWS::Cognito::UserPoolClient"]
    settings = dict(pools[0].get("Properties", {}))
    if "UserPoolName" in settings:
        settings["PoolName"] = settings.pop("UserPoolName")
    for method in settings.pop("EnabledMfas", []):
        settings |= _MFA_METHODS[method]
    passkeys = {
        member: settings.pop(name) for name, member in _PASSKEYS.items() if name in settings
    }
    if passkeys:
        settings["WebAuthnConfiguration"] = passkeys
    if "triggers" in options:  # a FakePool takes functions in place of their ARNs
        assert options["triggers"].keys() == settings.pop("LambdaConfig").keys()
    app_client = {**_CLIENT_DEFAULTS, **clients[0]["Properties"]}
    del app_client["UserPoolId"]
    return FakePool(
        mfa=settings.pop("MfaConfiguration", "OFF"),
        secret=app_client.pop("GenerateSecret", False),
        pool_options={"AutoVerifiedAttributes": [], **settings},
        client_options=app_client,
        **options,
    )
