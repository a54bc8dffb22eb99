"""The package's tables, held against the service model of the botocore that is installed."""

from typing import Any

import botocore
import botocore.session
import pytest
from botocore.exceptions import EndpointResolutionError

from cognitokit import UserPool
from cognitokit.client.operations import (
    PUBLIC_OPERATIONS,
    REPEAT,
    SIGNED_OPERATIONS,
    Repeat,
)
from cognitokit.client.redaction import SECRET_MAPS, SECRET_MEMBERS
from cognitokit.client.transports.endpoints import endpoint_of
from cognitokit.client.transports.wire import TIMESTAMPS
from cognitokit.errors import MODELLED_ERRORS, ConfigurationError, ServiceError
from tests.client.service_model import service_model


def shapes() -> list[tuple[str, Any, bool]]:
    """Every member of every request and response: name, shape, whether it is a request's."""
    found = []

    def walk(shape: Any, seen: frozenset[str], *, asked: bool) -> None:
        if shape is None or shape.name in seen:
            return
        inner = seen | {shape.name}
        if shape.type_name == "structure":
            for name, member in shape.members.items():
                found.append((name, member, asked))
                walk(member, inner, asked=asked)
        elif shape.type_name == "list":
            walk(shape.member, inner, asked=asked)
        elif shape.type_name == "map":
            walk(shape.value, inner, asked=asked)

    for operation in service_model().operation_names:
        model = service_model().operation_model(operation)
        walk(model.input_shape, frozenset(), asked=True)
        walk(model.output_shape, frozenset(), asked=False)
    return found


SHAPES = shapes()
BOTOCORE = tuple(map(int, botocore.__version__.split(".")[:2]))


def test_every_operation_is_known() -> None:
    """Public or signed: each of the installed model's operations is in the table it belongs to."""
    models = map(service_model().operation_model, service_model().operation_names)
    public = {model.name for model in models if model.auth_type == "none"}
    signed = set(service_model().operation_names) - public
    # The first models that had it asked for a signature, which Cognito does not look at.
    signed -= {"GetTokensFromRefreshToken"} if BOTOCORE < (1, 43) else set()

    assert not public - PUBLIC_OPERATIONS
    assert not signed - SIGNED_OPERATIONS
    assert not PUBLIC_OPERATIONS & SIGNED_OPERATIONS


def test_how_many_operations_there_are() -> None:
    """The tables hold Cognito's whole interface as of November 2026."""
    assert (34, 107) == (len(PUBLIC_OPERATIONS), len(SIGNED_OPERATIONS))


def test_every_operation_has_its_rule_of_repetition() -> None:
    """Each operation says when it may be repeated."""
    assert PUBLIC_OPERATIONS | SIGNED_OPERATIONS == set(REPEAT)


@pytest.mark.parametrize(
    "operation",
    [
        "AdminCreateUser",
        "AdminResetUserPassword",
        "AdminRespondToAuthChallenge",
        "AssociateSoftwareToken",
        "ChangePassword",
        "ConfirmForgotPassword",
        "ConfirmSignUp",
        "ForgotPassword",
        "GetTokensFromRefreshToken",
        "GetUserAttributeVerificationCode",
        "ResendConfirmationCode",
        "RespondToAuthChallenge",
        "SignUp",
        "VerifySoftwareToken",
        "VerifyUserAttribute",
    ],
)
def test_never_repeated(operation: str) -> None:
    """What uses a code or a session up, sends a message or counts an attempt is never repeated."""
    assert REPEAT[operation] is Repeat.NEVER


@pytest.mark.parametrize(
    "operation",
    [
        "AdminConfirmSignUp",
        "AdminSetUserPassword",
        "AdminUpdateAuthEventFeedback",
        "InitiateAuth",
        "UpdateAuthEventFeedback",
    ],
)
def test_repeated_if_turned_away(operation: str) -> None:
    """What uses nothing up is repeated where it is known that nothing was done."""
    assert REPEAT[operation] is Repeat.IF_REFUSED


@pytest.mark.parametrize("operation", ["GetUser", "ListUsers", "AdminGetUser", "DescribeUserPool"])
def test_always_repeated(operation: str) -> None:
    """Reading is repeated."""
    assert REPEAT[operation] is Repeat.ALWAYS


def test_every_error_is_known() -> None:
    """Each modelled error of the installed model has its own class, and nothing but it that code."""
    modelled = {
        name
        for name in service_model().shape_names
        if service_model().shape_for(name).metadata.get("exception")
    }

    assert not modelled - set(MODELLED_ERRORS)
    assert len(MODELLED_ERRORS) == len(set(MODELLED_ERRORS.values()))
    assert all(issubclass(cls, ServiceError) for cls in MODELLED_ERRORS.values())


def test_every_secret_member_is_known() -> None:
    """A request member that the model marks as sensitive is redacted, but for names and the client's id."""
    sensitive = {
        name
        for name, shape, asked in SHAPES
        if asked and shape.metadata.get("sensitive") and shape.type_name != "map"
    }
    maps = {
        name
        for name, shape, asked in SHAPES
        if asked and shape.metadata.get("sensitive") and shape.type_name == "map"
    }

    assert {"ClientId", "UserContextData", "Username", "Value"} == sensitive - SECRET_MEMBERS
    assert not maps - SECRET_MAPS


def test_every_timestamp_is_known() -> None:
    """A member is turned into a datetime by its name exactly where the model says that it is one."""
    times = {name for name, shape, asked in SHAPES if not asked and shape.type_name == "timestamp"}
    others = {name for name, shape, asked in SHAPES if not asked and shape.type_name != "timestamp"}

    assert not times - TIMESTAMPS
    assert not TIMESTAMPS & others


REGIONS = [
    *sorted(botocore.session.get_session().get_available_regions("cognito-idp")),
    "us-gov-east-1",
    "us-gov-west-1",
    "cn-north-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
]


@pytest.fixture(scope="module")
def resolver() -> Any:
    """botocore's own endpoint rules for Cognito."""
    session = botocore.session.get_session()
    session.set_credentials("id", "secret")
    client: Any = session.create_client("cognito-idp", region_name="us-east-1")
    return client._ruleset_resolver


@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dual_stack", [False, True])
@pytest.mark.parametrize("region", REGIONS)
def test_endpoints(resolver: Any, region: str, fips: bool, dual_stack: bool) -> None:
    """The endpoint is the one that AWS's rules give, in every region and with every option."""
    try:
        rules = resolver._provider.resolve_endpoint(
            Region=region, UseFIPS=fips, UseDualStack=dual_stack
        )
    except EndpointResolutionError as error:
        assert BOTOCORE < (1, 43), "only older rules lack dual-stack hosts in some partitions"
        pytest.skip(str(error))

    assert rules.url == endpoint_of(UserPool(f"{region}_AbCd"), fips=fips, dual_stack=dual_stack)


@pytest.mark.parametrize("option", ["fips", "dual_stack"])
def test_own_endpoint_has_no_variants(option: str) -> None:
    """An endpoint of one's own cannot be AWS's FIPS or dual-stack one; without those it is taken."""
    pool = UserPool("eu-west-1_AbCd", endpoint_url="https://cognito.example.com")
    options = {"fips": False, "dual_stack": False}

    with pytest.raises(ConfigurationError, match="endpoint_url"):
        endpoint_of(pool, **{**options, option: True})
    assert "https://cognito.example.com" == endpoint_of(pool, **options)
