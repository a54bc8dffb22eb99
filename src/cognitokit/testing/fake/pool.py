"""A Cognito user pool in memory."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, NamedTuple

from cognitokit.client.calls import Call
from cognitokit.client.failures import service_error
from cognitokit.errors import ConfigurationError, ConnectionFailed
from cognitokit.pool import UserPool
from cognitokit.testing.clock import Clock
from cognitokit.testing.fake import service_model
from cognitokit.testing.fake.codes import checked_maker
from cognitokit.testing.fake.faults import Fault, FaultBook, exception
from cognitokit.testing.fake.grants import GrantBook
from cognitokit.testing.fake.operations import operation as find_operation
from cognitokit.testing.fake.refusal import (
    Refused,
    not_authorized,
    not_found,
)
from cognitokit.testing.fake.settings import (
    DEFAULT_CLIENT_SETTINGS,
    DEFAULT_POOL_SETTINGS,
    ClientSettings,
    PoolSettings,
    with_defaults,
)
from cognitokit.testing.fake.sign_in_sessions import SignInSessions
from cognitokit.testing.fake.state import PoolState, Randomness, RegisteredClient
from cognitokit.testing.fake.transports import FakeAsyncTransport, FakeTransport
from cognitokit.testing.fake.triggers import handlers
from cognitokit.testing.fake.users import CONTACTS, Directory, looks_like
from cognitokit.testing.local import AppClient
from cognitokit.testing.mint import TokenMint, list_of
from cognitokit.testing.outbox import Message, NoMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from typing import Any, Literal

    from cognitokit.client.aio.client import AsyncCognitoClient
    from cognitokit.client.sync.client import CognitoClient
    from cognitokit.testing.fake.faults import Error
    from cognitokit.testing.fake.settings import Trigger

SOFTWARE_TOKEN_MFA = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}


class RecordedCall(NamedTuple):
    """A call that the pool has seen. Its repr shows the operation and nothing else."""

    operation: str
    params: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"RecordedCall({self.operation!r})"


class FakePool:
    """A user pool in memory: Cognito's sign-in machine, self-service, users and groups, without a network.

    It takes user names, verifies email addresses by code, and offers TOTP; its app client has no
    secret, allows every flow without SRP, and does not say which users exist. Two pools made alike
    answer alike: ids, codes and secrets come from a seeded generator.

    Talk to it through `pool.client()`, `pool.async_client()`, `pool.cognito` (a boto3 client) or
    `handle`. Its tokens are real: a verifier given `pool.pool` and `pool.jwks` takes them.

    Args:
        pool_id: The user pool's id. Its region is where the pool "is".
        secret: Give the app client a secret.
        mfa: "OFF", "OPTIONAL" or "ON".
        username_attributes: Sign in by these in place of a user name: "email", "phone_number".
        triggers: CUSTOM_AUTH's triggers, "DefineAuthChallenge", "CreateAuthChallenge" and
            "VerifyAuthChallengeResponse": Lambda handlers, or the source of a module with
            handler(event, context).
        pool_options: Further settings, as CreateUserPool and SetUserPoolMfaConfig have them.
        client_options: Further settings of the app client, as CreateUserPoolClient has them.
        clock: What gives the time, epoch seconds; advance() moves it, or adds to it where it is
            not a cognitokit.testing.Clock. Default: a Clock that runs with the machine's.
        codes: What makes a code of so many digits. Default: a new one each time.
        seed: Another seed gives other ids, codes and secrets.

    Raises:
        ConfigurationError: A setting is wrong; the message names it.
        NotInFakePool: A setting asks for what the fake does not do.
    """

    def __init__(
        self,
        pool_id: str = "eu-west-1_FakePool1",
        *,
        secret: bool = False,
        mfa: Literal["OFF", "OPTIONAL", "ON"] = "OPTIONAL",
        username_attributes: Iterable[Literal["email", "phone_number"]] = (),
        triggers: Mapping[str, Trigger | str] | None = None,
        pool_options: Mapping[str, Any] | None = None,
        client_options: Mapping[str, Any] | None = None,
        clock: Callable[[], float] | None = None,
        codes: Callable[[int], str] | None = None,
        seed: int = 0,
    ) -> None:
        if mfa not in {"OFF", "OPTIONAL", "ON"}:
            raise ConfigurationError('mfa must be "OFF", "OPTIONAL" or "ON".')
        if isinstance(username_attributes, str):
            raise ConfigurationError("username_attributes must be a list, not one string.")
        self._lock = threading.RLock()
        self._clock = clock or Clock()
        self._offset = 0.0
        self._randomness = Randomness(seed)
        self._faults = FaultBook()
        self._calls: list[RecordedCall] = []
        self._down = False
        self._boto3_client: Any = None
        options: dict[str, Any] = {
            "MfaConfiguration": mfa,
            **(SOFTWARE_TOKEN_MFA if mfa != "OFF" else {}),
            **(pool_options or {}),
        }
        names = list(username_attributes)
        if names:
            options.setdefault("UsernameAttributes", names)
        settings = PoolSettings.parse(with_defaults(options, DEFAULT_POOL_SETTINGS))
        self._pool = UserPool(pool_id)
        client_id = self._randomness.name(26)
        self._mint = TokenMint(
            self._pool,
            client_id=client_id,
            clock=self.now,
            new_id=self._randomness.uuid,
            issuer_form="UPDATED" if settings.updated_issuer else "ORIGINAL",
        )
        directory = Directory(settings)
        self._state = PoolState(
            pool_id=pool_id,
            region=self._pool.region,
            settings=settings,
            now=self.now,
            randomness=self._randomness,
            make_code=self._randomness.code if codes is None else checked_maker(codes),
            make_sub=self._mint.sub,
            clients={},
            triggers=handlers(triggers or {}),
            directory=directory,
            grants=GrantBook(self._mint, directory, self._randomness, self.now),
            sessions=SignInSessions(self._randomness, self.now),
        )
        self._client_options = dict(client_options or {})
        self._app_client = self._register(client_id, secret=secret, options=self._client_options)

    def __repr__(self) -> str:
        return f"FakePool({self._pool.id!r})"

    @property
    def pool(self) -> UserPool:
        """The pool's coordinates, for a client or a verifier."""
        return self._pool

    @property
    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The JWK set that verifies the pool's tokens."""
        return self._mint.jwks

    @property
    def mint(self) -> TokenMint:
        """What makes the pool's tokens, for tokens that no sign-in gives."""
        return self._mint

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self._app_client.id

    @property
    def client_secret(self) -> str | None:
        """The app client's secret; None where it has none."""
        return self._app_client.secret

    @property
    def app_client(self) -> AppClient:
        """The app client that was made with the pool."""
        return self._app_client

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables by which `UserPool.from_env` and its like find this pool."""
        variables = {"COGNITO_USER_POOL_ID": self._pool.id, "COGNITO_CLIENT_ID": self.client_id}
        if self.client_secret is not None:
            variables["COGNITO_CLIENT_SECRET"] = self.client_secret
        return variables

    @property
    def transport(self) -> FakeTransport:
        """A transport to this pool: CognitoClient(pool.pool, client_id=..., transport=pool.transport)."""
        return FakeTransport(self)

    @property
    def async_transport(self) -> FakeAsyncTransport:
        """The same for AsyncCognitoClient."""
        return FakeAsyncTransport(self)

    @property
    def cognito(self) -> Any:
        """A boto3 client of "cognito-idp" whose requests this pool answers."""
        with self._lock:
            if self._boto3_client is None:
                from cognitokit.testing.fake import boto3_stand_in  # noqa: PLC0415 - boto3 is slow to import

                self._boto3_client = boto3_stand_in.boto3_client(self, self._pool.region)
            return self._boto3_client

    def client(self, app_client: AppClient | None = None, **options: Any) -> CognitoClient:
        """Return a client of this pool, which goes by the pool's clock.

        Args:
            app_client: The app client; default: the one that was made with the pool.
            **options: Further arguments of CognitoClient.
        """
        from cognitokit.client.sync.client import CognitoClient  # noqa: PLC0415 - not every test needs it

        return CognitoClient(**self._client_arguments(app_client, self.transport, options))

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

        return AsyncCognitoClient(
            **self._client_arguments(app_client, self.async_transport, options)
        )

    def handle(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do one operation as Cognito would. Any number of threads may call.

        Args:
            operation: Cognito's name of it, for instance "InitiateAuth".
            params: The request's members, as boto3 takes them.

        Returns:
            The response's members, as boto3 gives them.

        Raises:
            ServiceError: Cognito's answer is an error.
            TransportError: fail_next() or outage() asked for it.
            ServiceModelMismatch: boto3 would not send the request.
            NotInFakePool: FakePool leaves the operation out; the message says what to use instead.
        """
        with self._lock:
            self._calls.append(RecordedCall(operation, params))
            if self._down:
                raise ConnectionFailed(operation=operation)
            fault = self._faults.take(operation)
            refused: Refused | None = None
            reply: Mapping[str, Any] = {}
            takes_effect = fault is None or fault.after_effect
            done = find_operation(operation) if takes_effect else None
            try:
                service_model.check_request(operation, params)
                if done is not None:
                    reply = done(self._state, params)
                    service_model.check_reply(operation, reply)
            except Refused as error:
                refused = error.with_traceback(None)
            if refused is not None:
                refused = _fitting(operation, params, refused)
            if fault is not None and fault.error is not None:
                raise exception(fault.error, operation, params, self.new_request_id())
            if fault is not None and fault.reply is not None:
                service_model.check_reply(operation, fault.reply, open_enums=True)
                return fault.reply
            if refused is None:
                return reply
            failure = service_error(
                Call(operation, params),
                code=refused.code,
                message=refused.message,
                request_id=self.new_request_id(),
            )
        raise failure

    def new_request_id(self) -> str:
        """Return an x-amzn-RequestId."""
        with self._lock:
            return self._randomness.uuid()

    def now(self) -> float:
        """Return the pool's time, epoch seconds. Give it to a verifier as its clock."""
        return self._clock() + self._offset

    def advance(self, seconds: float) -> None:
        """Let time pass: codes, sessions and tokens grow older by so many seconds."""
        if isinstance(self._clock, Clock):
            self._clock.advance(seconds)
        else:
            self._offset += seconds

    @property
    def outbox(self) -> list[Message]:
        """Every mail and text message that the pool has sent, the oldest first."""
        with self._lock:
            return [sent.message for sent in self._state.sent]

    def last_code(self, username: str) -> str:
        """Return the newest code that was sent to a user.

        Args:
            username: The user's name, email address or phone number.

        Raises:
            NoMessage: No message with a code has gone to them.
        """
        with self._lock:
            user = self._state.directory.find(username)
            name = username if user is None else user.username
            for sent in reversed(self._state.sent):
                if sent.code is not None and name in {sent.username, sent.message.destination}:
                    return sent.code
        raise NoMessage(
            "No message with a code has gone to this user; do they have an email address or phone "
            "number? What was sent, and to whom, is in the pool's outbox."
        )

    @property
    def calls(self) -> list[RecordedCall]:
        """Every call that the pool has seen, the oldest first."""
        with self._lock:
            return list(self._calls)

    def add_app_client(self, *, secret: bool = False, **options: Any) -> AppClient:
        """Make another app client.

        Args:
            secret: Give it a secret.
            **options: Further settings, as CreateUserPoolClient has them.
        """
        with self._lock:
            return self._register(
                self._randomness.name(26),
                secret=secret,
                options={**self._client_options, **options},
            )

    def add_group(self, name: str) -> None:
        """Make a group, unless there is one of that name."""
        with self._lock:
            if name not in self._state.groups:
                self.handle("CreateGroup", {"UserPoolId": self._pool.id, "GroupName": name})

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
            ServiceError: What AdminCreateUser, AdminSetUserPassword or CreateGroup refuse.
        """
        groups = list_of("groups", groups)
        if attributes is None:
            attributes = (
                {}
                if self._state.settings.username_attributes
                else {"email": f"{username}@example.com"}
            )
        verified = {
            f"{name}_verified": "true"
            for name in CONTACTS
            if name in attributes
            or (name in self._state.settings.username_attributes and looks_like(name, username))
        }
        pairs = {**verified, **attributes}
        with self._lock:
            made = self.handle(
                "AdminCreateUser",
                {
                    "UserPoolId": self._pool.id,
                    "Username": username,
                    "TemporaryPassword": password,
                    "MessageAction": "SUPPRESS",
                    "UserAttributes": [
                        {"Name": name, "Value": value} for name, value in pairs.items()
                    ],
                },
            )
            user = {"UserPoolId": self._pool.id, "Username": made["User"]["Username"]}
            if not temporary:
                self.handle(
                    "AdminSetUserPassword", {**user, "Password": password, "Permanent": True}
                )
            for group in groups:
                self.add_group(group)
                self.handle("AdminAddUserToGroup", {**user, "GroupName": group})
        name: str = user["Username"]
        return name

    def fail_next(
        self, operation: str | None, error: Error, *, times: int = 1, after_effect: bool = False
    ) -> None:
        """Let the next calls fail.

        Args:
            operation: Of which operation; None: of any.
            error: One of the codes that the operation has, or that any may have
                ("InternalErrorException"); or a ServiceError or TransportError of
                cognitokit.errors, an instance or the class, which may be any.
            times: How many calls.
            after_effect: Do the operation and lose the reply, as a connection may that breaks.

        Raises:
            ConfigurationError: Cognito has no such operation, or the operation no such code.
        """
        with self._lock:
            self._faults.add(Fault(operation, times, error=error, after_effect=after_effect))

    def throttle(self, operation: str | None = None, *, times: int = 1) -> None:
        """Let the next calls fail with TooManyRequestsException."""
        self.fail_next(operation, "TooManyRequestsException", times=times)

    @contextlib.contextmanager
    def outage(self) -> Generator[None]:
        """Let every call within the with statement find no connection."""
        self._down = True
        try:
            yield
        finally:
            self._down = False

    def reply_next(self, operation: str, reply: Mapping[str, Any]) -> None:
        """Let the next call of an operation be answered with this reply, for what the fake cannot bring about.

        Args:
            operation: Cognito's name of it.
            reply: The response's members. They must fit Cognito's service model, but for values of
                enums, which may be newer than it.

        Raises:
            ConfigurationError: Cognito has no such operation.
        """
        with self._lock:
            self._faults.add(Fault(operation, 1, reply=reply))

    def _client_arguments(
        self, app_client: AppClient | None, transport: object, options: Mapping[str, Any]
    ) -> dict[str, Any]:
        used = app_client or self._app_client
        return {
            "pool": self._pool,
            "client_id": used.id,
            "client_secret": used.secret,
            "transport": transport,
            "clock": self.now,
            **options,
        }

    def _register(self, client_id: str, *, secret: bool, options: Mapping[str, Any]) -> AppClient:
        settings = ClientSettings.parse(
            with_defaults({"GenerateSecret": secret, **options}, DEFAULT_CLIENT_SETTINGS)
        )
        made = settings.secret or (self._randomness.name(51) if settings.has_secret else None)
        self._state.clients[client_id] = RegisteredClient(client_id, settings, made)
        return AppClient(client_id, made)


def _fitting(operation: str, params: Mapping[str, Any], refused: Refused) -> Refused:
    """Return a refusal that the operation has: some do not know UserNotFoundException."""
    unknown_here = refused.code == "UserNotFoundException" and service_model.knows(operation)
    if unknown_here and not service_model.has_error(operation, refused.code):
        other = not_authorized if "AccessToken" in params else not_found
        return other(refused.message)
    service_model.check_error(operation, refused.code)
    return refused
