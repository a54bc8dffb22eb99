"""A user pool on this machine: ministack in a process of its own, with a pool and an app client made."""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from typing_extensions import override

from cognitokit.errors import ConfigurationError
from cognitokit.pool import UserPool
from cognitokit.testing.fake.users import CONTACTS, looks_like
from cognitokit.testing.local_process import LocalPoolFailed, LocalProcess
from cognitokit.testing.outbox import Message, NoMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import Any, Literal, Self

    from cognitokit.client.aio.client import AsyncCognitoClient
    from cognitokit.client.sync.client import CognitoClient

__all__ = ["AppClient", "LocalPool", "LocalPoolFailed", "LocalServer"]

_FLOWS = (
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
)

_LAMBDA_MAY_ASSUME = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)


class AppClient(NamedTuple):
    """An app client of a pool. Its repr hides the secret."""

    id: str
    secret: str | None

    @override
    def __repr__(self) -> str:
        return f"AppClient(id={self.id!r}, secret={'***' if self.secret else None})"


class LocalServer:
    """A ministack process that several pools can live on, to start it once for many tests.

        with LocalServer() as server, LocalPool(server=server) as pool: ...

    Args:
        python: The interpreter that has ministack; default: this one. ministack wants one exact
            release of botocore, which may not be yours.
        start_timeout: Seconds until the server must answer.

    Entering the context raises:
        MissingDependency: ministack is not installed.
        LocalPoolFailed: The server did not start; the message ends with its log.
        ConfigurationError: python is no interpreter.
    """

    def __init__(
        self, *, python: str | os.PathLike[str] | None = None, start_timeout: float = 30
    ) -> None:
        self._python = None if python is None else os.fspath(python)
        self._start_timeout = start_timeout
        self._process: LocalProcess | None = None

    def __enter__(self) -> Self:
        self._process = LocalProcess(
            region="us-east-1", python=self._python, start_timeout=self._start_timeout
        )
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.stop()
        self._process = None

    @property
    def process(self) -> LocalProcess:
        """The process; ConfigurationError while there is none."""
        if self._process is None:
            raise ConfigurationError("The local server is not running; use it in a with statement.")
        return self._process


class LocalPool:
    """A user pool served on loopback while its context is open, by ministack with its checks on.

    It needs no AWS account, no network and no Docker, starts in half a second, and is gone when the
    context closes or this process ends, however it ends. Several may run at once.

    The pool takes user names, verifies email addresses by code, and offers TOTP. The app client
    has no secret and allows USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, CUSTOM_AUTH and refresh.

    Args:
        region: The AWS region that pool ids and issuers name.
        secret: Give the app client a secret.
        mfa: "OFF", "OPTIONAL" or "ON".
        username_attributes: Sign in by these in place of a user name: "email", "phone_number".
        callback_urls: Where managed login, whose endpoints are below `url`, may send people back.
        triggers: Lambda triggers: the trigger's name, for instance "PreSignUp" or
            "DefineAuthChallenge", and the Python source of a module with handler(event, context).
        pool_options: Further settings, as CreateUserPool and SetUserPoolMfaConfig have them; they
            win over the above.
        client_options: Further parameters of CreateUserPoolClient; they win over the above.
        server: A running LocalServer to live on. Default: a server of its own.
        python: As LocalServer has it.
        start_timeout: As LocalServer has it.

    Entering the context raises:
        MissingDependency: ministack is not installed.
        LocalPoolFailed: The server did not start; the message ends with its log.
        ConfigurationError: An option is wrong.
    """

    def __init__(
        self,
        *,
        region: str = "eu-west-1",
        secret: bool = False,
        mfa: Literal["OFF", "OPTIONAL", "ON"] = "OPTIONAL",
        username_attributes: Iterable[Literal["email", "phone_number"]] = (),
        callback_urls: Iterable[str] = (),
        triggers: Mapping[str, str] | None = None,
        pool_options: Mapping[str, Any] | None = None,
        client_options: Mapping[str, Any] | None = None,
        server: LocalServer | None = None,
        python: str | os.PathLike[str] | None = None,
        start_timeout: float = 30,
    ) -> None:
        if mfa not in {"OFF", "OPTIONAL", "ON"}:
            raise ConfigurationError('mfa must be "OFF", "OPTIONAL" or "ON".')
        for option, names in (
            ("username_attributes", username_attributes),
            ("callback_urls", callback_urls),
        ):
            if isinstance(names, str):
                raise ConfigurationError(f"{option} must be a list, not one string.")
        if server is not None and python is not None:
            raise ConfigurationError("python is the server's: give it to LocalServer.")
        self._region = region
        self._secret = secret
        self._mfa = mfa
        self._username_attributes = list(username_attributes)
        self._callback_urls = list(callback_urls)
        self._triggers = dict(triggers or {})
        self._pool_options = dict(pool_options or {})
        self._client_options = dict(client_options or {})
        self._own_server = server is None
        self._server = server or LocalServer(python=python, start_timeout=start_timeout)
        self._process: LocalProcess | None = None
        self._sent_before = 0
        self._session: Any = None
        self._cognito: Any = None
        self._pool: UserPool | None = None
        self._app_client: AppClient | None = None

    def __enter__(self) -> Self:
        if self._own_server:
            self._server.__enter__()
        self._process = self._server.process
        try:
            self._sent_before = len(self._mails())
            self._session = _session(self._region)
            self._cognito = self.boto3_client("cognito-idp")
            self._pool = self._make_pool()
            self._app_client = self.add_app_client(secret=self._secret)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def __repr__(self) -> str:
        return f"LocalPool({'not running' if self._pool is None else self._pool.id})"

    @property
    def url(self) -> str:
        """The server's address: the endpoint of the API, and the domain of managed login."""
        return self._running().url

    @property
    def pool(self) -> UserPool:
        """The pool: its API and keys are at the local address, its issuers have the real form."""
        self._running()
        assert self._pool is not None
        return self._pool

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self.app_client.id

    @property
    def client_secret(self) -> str | None:
        """The app client's secret; None where it has none."""
        return self.app_client.secret

    @property
    def app_client(self) -> AppClient:
        """The app client that was made with the pool."""
        self._running()
        assert self._app_client is not None
        return self._app_client

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables by which `UserPool.from_env` and its like find this pool."""
        variables = {
            "COGNITO_USER_POOL_ID": self.pool.id,
            "COGNITO_CLIENT_ID": self.client_id,
            "COGNITO_ENDPOINT_URL": self.url,
        }
        if self.client_secret is not None:
            variables["COGNITO_CLIENT_SECRET"] = self.client_secret
        return variables

    @property
    def cognito(self) -> Any:
        """A boto3 cognito-idp client of this server with administrator's rights, for set-up."""
        self._running()
        return self._cognito

    @property
    def session(self) -> Any:
        """A boto3 session with credentials that this server takes, and no others."""
        self._running()
        return self._session

    @property
    def log(self) -> str:
        """The end of what the server wrote."""
        return self._running().log

    @property
    def pid(self) -> int | None:
        """The server's process id; None while it does not run."""
        return None if self._process is None else self._process.pid

    def client(self, app_client: AppClient | None = None, **options: Any) -> CognitoClient:
        """Return a client of this pool, whose admin calls are signed with credentials of this server.

        Args:
            app_client: The app client; default: the one that was made with the pool.
            **options: Further arguments of CognitoClient.
        """
        from cognitokit.client.sync.client import CognitoClient  # noqa: PLC0415 - not every test needs it
        from cognitokit.client.transports.boto3 import (  # noqa: PLC0415 - boto3 is slow to import
            Boto3Transport,
        )

        transport = Boto3Transport(session=self.session, config=_config())
        return CognitoClient(**self._client_arguments(app_client, transport, options))

    def async_client(
        self, app_client: AppClient | None = None, **options: Any
    ) -> AsyncCognitoClient:
        """Same as client(), with every method awaited.

        Args:
            app_client: The app client; default: the one that was made with the pool.
            **options: Further arguments of AsyncCognitoClient.
        """
        from cognitokit.client.aio.client import (  # noqa: PLC0415 - not every test needs it
            AsyncCognitoClient,
        )
        from cognitokit.client.transports.http import (  # noqa: PLC0415 - httpx is slow to import
            AsyncHttpTransport,
        )

        transport = AsyncHttpTransport(session=self.session)
        return AsyncCognitoClient(**self._client_arguments(app_client, transport, options))

    def _client_arguments(
        self, app_client: AppClient | None, transport: object, options: dict[str, Any]
    ) -> dict[str, Any]:
        used = app_client or self.app_client
        return {
            "pool": self.pool,
            "client_id": used.id,
            "client_secret": used.secret,
            "transport": transport,
            **options,
        }

    def boto3_client(self, service: str) -> Any:
        """Return a boto3 client of another AWS service on this server, for instance "lambda"."""
        url = self._running().url
        return self._session.client(service, endpoint_url=url, config=_config())

    def add_app_client(self, *, secret: bool = False, **options: Any) -> AppClient:
        """Make another app client.

        Args:
            secret: Give it a secret.
            **options: Further parameters of CreateUserPoolClient.
        """
        parameters: dict[str, Any] = {
            "ClientName": "local",
            "GenerateSecret": secret,
            "ExplicitAuthFlows": list(_FLOWS),
            "PreventUserExistenceErrors": "ENABLED",
            "EnableTokenRevocation": True,
        }
        if self._callback_urls:
            parameters |= {
                "CallbackURLs": self._callback_urls,
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthFlowsUserPoolClient": True,
                "AllowedOAuthScopes": ["openid", "email", "profile"],
                "SupportedIdentityProviders": ["COGNITO"],
            }
        parameters |= self._client_options | options
        made = self.cognito.create_user_pool_client(UserPoolId=self.pool.id, **parameters)
        return AppClient(
            made["UserPoolClient"]["ClientId"], made["UserPoolClient"].get("ClientSecret")
        )

    def add_group(self, name: str) -> None:
        """Make a group, unless there is one of that name."""
        with contextlib.suppress(self.cognito.exceptions.GroupExistsException):
            self.cognito.create_group(UserPoolId=self.pool.id, GroupName=name)

    def add_user(
        self,
        username: str,
        password: str,
        *,
        attributes: Mapping[str, str] | None = None,
        groups: Iterable[str] = (),
        temporary: bool = False,
    ) -> str:
        """Make a user who can sign in, and return the name that Cognito keeps them under.

        Args:
            username: The user's name, or what the pool takes in its place.
            password: Their password.
            attributes: Standard and custom attributes; email and phone_number are taken as
                verified. Default: an email address at example.com.
            groups: The groups they are in; made where they do not exist.
            temporary: The password is a temporary one: the first sign-in asks for another.

        Raises:
            ConfigurationError: groups is one string.
        """
        if isinstance(groups, str):
            raise ConfigurationError("groups must be a list of names, not one string.")
        if attributes is None:
            attributes = {} if self._username_attributes else {"email": f"{username}@example.com"}
        verified = {
            f"{name}_verified": "true"
            for name in CONTACTS
            if name in attributes
            or (name in self._username_attributes and looks_like(name, username))
        }
        made = self.cognito.admin_create_user(
            UserPoolId=self.pool.id,
            Username=username,
            TemporaryPassword=password,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": name, "Value": value} for name, value in {**verified, **attributes}.items()
            ],
        )
        name: str = made["User"]["Username"]
        if not temporary:
            self.cognito.admin_set_user_password(
                UserPoolId=self.pool.id, Username=name, Password=password, Permanent=True
            )
        for group in groups:
            self.add_group(group)
            self.cognito.admin_add_user_to_group(
                UserPoolId=self.pool.id, Username=name, GroupName=group
            )
        return name

    @property
    def outbox(self) -> list[Message]:
        """Every mail that was sent since the pool was made, the oldest first; there are no text messages."""
        return [
            Message(
                medium="EMAIL",
                destination=", ".join(mail["To"]),
                subject=mail["Subject"],
                body=mail["BodyText"] or mail["BodyHtml"] or "",
            )
            for mail in self._mails()[self._sent_before :]
        ]

    def last_code(self, username: str) -> str:
        """Return the newest code that was mailed to a user.

        Args:
            username: The user's name or email address.

        Raises:
            NoMessage: No mail with a code has gone to them.
        """
        address = self._email(username)
        for message in reversed(self.outbox):
            if message.destination == address and message.code is not None:
                return message.code
        raise NoMessage(
            "No mail with a code has gone to this user; do they have an email address? What was "
            "sent, and to whom, is in the pool's outbox."
        )

    def _mails(self) -> list[dict[str, Any]]:
        answer = self._running().get("/_ministack/ses/messages")
        return [mail for mails in answer["messages"].values() for mail in mails]

    def _email(self, username: str) -> str | None:
        try:
            user = self.cognito.admin_get_user(UserPoolId=self.pool.id, Username=username)
        except self.cognito.exceptions.UserNotFoundException:
            return username
        return next((a["Value"] for a in user["UserAttributes"] if a["Name"] == "email"), None)

    def _make_pool(self) -> UserPool:
        settings: dict[str, Any] = {
            "PoolName": "local",
            "AutoVerifiedAttributes": ["email"],
            "MfaConfiguration": self._mfa,
        }
        if self._mfa != "OFF":
            settings["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
        if self._username_attributes:
            settings["UsernameAttributes"] = self._username_attributes
        if self._triggers:
            settings["LambdaConfig"] = self._deploy_triggers()
        settings |= self._pool_options
        mfa = {name: settings.pop(name) for name in self._mfa_settings() if name in settings}
        pool_id = self._cognito.create_user_pool(**settings)["UserPool"]["Id"]
        if mfa != {"MfaConfiguration": "OFF"}:
            self._cognito.set_user_pool_mfa_config(UserPoolId=pool_id, **mfa)
        return UserPool(pool_id, endpoint_url=self.url)

    def _mfa_settings(self) -> set[str]:
        # CreateUserPool knows none of the methods, and MFA must not be on without one.
        model = self._cognito.meta.service_model
        known, of_mfa = (
            set(model.operation_model(name).input_shape.members)
            for name in ("CreateUserPool", "SetUserPoolMfaConfig")
        )
        return (of_mfa - known - {"UserPoolId"}) | {"MfaConfiguration"}

    def _deploy_triggers(self) -> dict[str, str]:
        suffix = secrets.token_hex(4)
        role = self.boto3_client("iam").create_role(
            RoleName=f"triggers-{suffix}", AssumeRolePolicyDocument=_LAMBDA_MAY_ASSUME
        )
        functions = self.boto3_client("lambda")
        arns: dict[str, str] = {}
        for trigger, source in self._triggers.items():
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w") as file:
                file.writestr("trigger.py", source)
            made = functions.create_function(
                FunctionName=f"{trigger}-{suffix}",
                Runtime="python3.12",
                Handler="trigger.handler",
                Role=role["Role"]["Arn"],
                Code={"ZipFile": archive.getvalue()},
            )
            arns[trigger] = made["FunctionArn"]
        return arns

    def _running(self) -> LocalProcess:
        if self._process is None:
            raise ConfigurationError("The local pool is not running; use it in a with statement.")
        return self._process

    def _stop(self) -> None:
        if not self._own_server:
            # The server may be gone, and an error that is under way tells more.
            with contextlib.suppress(Exception):
                self._cognito.delete_user_pool(UserPoolId=self.pool.id)
        with contextlib.suppress(Exception):
            self._cognito.close()
        self._process = self._pool = self._app_client = self._cognito = self._session = None
        if self._own_server:
            self._server.__exit__(None, None, None)


def _config() -> Any:
    """Return the botocore Config for calls to this machine: past any proxy, and never repeated."""
    from botocore.config import Config  # noqa: PLC0415 - slow to import

    return Config(proxies={}, retries={"total_max_attempts": 1})


def _session(region: str) -> Any:
    """Return a boto3 session that looks for no profile, no configuration and no credentials."""
    import boto3  # noqa: PLC0415 - slow to import
    from botocore.session import Session  # noqa: PLC0415 - slow to import

    nothing = (None, None, None, None)
    nowhere = (None, None, os.devnull, None)
    core = Session({"profile": nothing, "config_file": nowhere, "credentials_file": nowhere})
    core.set_credentials("test", "test")
    return boto3.Session(region_name=region, botocore_session=core)
