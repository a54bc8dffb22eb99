"""The pages on the client say what the code says."""

import re
from pathlib import Path

import pytest

from cognitokit import CognitoClient, HttpTransport, errors
from cognitokit.client.sync.part import Part
from tests.docs import challenge_table, error_codes, sign_in_diagram, sign_in_steps

DOCS = Path(__file__).parents[2] / "docs"
PYCOGNITO = [
    "add_custom_attributes",
    "admin_add_user_to_group",
    "admin_authenticate",
    "admin_confirm_sign_up",
    "admin_create_identity_provider",
    "admin_create_user",
    "admin_delete_user",
    "admin_describe_identity_provider",
    "admin_disable_user",
    "admin_enable_user",
    "admin_get_user",
    "admin_list_groups_for_user",
    "admin_remove_user_from_group",
    "admin_reset_password",
    "admin_update_identity_provider",
    "admin_update_profile",
    "admin_update_user_pool_client",
    "associate_software_token",
    "authenticate",
    "change_password",
    "check_token",
    "confirm_forgot_password",
    "confirm_sign_up",
    "delete_user",
    "describe_user_pool_client",
    "get_group",
    "get_group_obj",
    "get_groups",
    "get_key",
    "get_keys",
    "get_user",
    "get_user_obj",
    "get_users",
    "initiate_forgot_password",
    "logout",
    "new_password_challenge",
    "register",
    "renew_access_token",
    "resend_confirmation_code",
    "respond_to_sms_mfa_challenge",
    "respond_to_software_token_mfa_challenge",
    "send_verification",
    "set_base_attributes",
    "set_user_mfa_preference",
    "switch_session",
    "update_profile",
    "user_pool_url",
    "validate_verification",
    "verify_software_token",
    "verify_token",
    "verify_tokens",
]
"""The public names of pycognito.Cognito, release 2024.5.1."""


def named_methods(page: str) -> set[str]:
    """What a page calls on `client`, within its code and its tables."""
    return set(re.findall(r"\bclient\.(\w+(?:\.\w+)?)\(", page))


PAGES = [
    page
    for page in sorted(DOCS.glob("how-to/*.md"))
    if "CognitoClient(" in page.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_names_no_method_that_is_not_there(page: Path) -> None:
    """Each method of the client that a how-to names exists."""
    client = CognitoClient(
        "eu-west-1_AbCdEfGhI", client_id="1example23456789", transport=HttpTransport()
    )
    for name in named_methods(page.read_text(encoding="utf-8")):
        part, _, method = name.rpartition(".")

        assert hasattr(getattr(client, part) if part else client, method), name


@pytest.mark.parametrize("method", PYCOGNITO)
def test_every_method_of_pycognito_has_its_counterpart(method: str) -> None:
    """The guide for those who come from pycognito leaves out no method."""
    page = (DOCS / "how-to/migrate-from-pycognito.md").read_text(encoding="utf-8")

    assert re.search(rf"^\|[^|]*\b{method}\b[^|]*\|", page, flags=re.MULTILINE)


def test_the_reference_shows_every_error_code() -> None:
    """The table of error codes is the package's own."""
    page = (DOCS / "reference/error-codes.md").read_text(encoding="utf-8")

    assert error_codes.table() in page, "python -m tests.docs.error_codes prints what it should be"


def test_every_error_has_its_advice() -> None:
    """Each class with a code has something to tell the user, and each advice is of use."""
    classes = {*errors.MODELLED_ERRORS.values(), *errors.UNMODELLED_ERRORS.values()}
    used = {next(each for each in cls.__mro__ if each in error_codes.TELL) for cls in classes}

    assert set(error_codes.TELL) == used


def test_the_picture_shows_the_steps_that_there_are() -> None:
    """Each arrow of the picture is a step that was seen when every flow was played, and each such step is drawn."""
    assert sign_in_steps.seen() == sign_in_diagram.drawn()


def test_the_picture_is_the_one_that_is_drawn() -> None:
    """The file holds what the code draws, and nothing but drawing."""
    svg = sign_in_diagram.PICTURE.read_text(encoding="utf-8")

    assert sign_in_diagram.svg() == svg, "python -m tests.docs.sign_in_diagram draws it anew"
    assert "script" not in svg


def test_the_page_names_every_challenge() -> None:
    """The table of challenges is the package's own."""
    page = (DOCS / "explanation/sign-in-steps.md").read_text(encoding="utf-8")

    assert challenge_table.table() in page, "python -m tests.docs.challenge_table prints it"


def test_the_reference_shows_every_part_of_the_client() -> None:
    """Each part of the client, such as client.mfa, is described beside it."""
    page = (DOCS / "reference/client.md").read_text(encoding="utf-8")
    client = CognitoClient(
        "eu-west-1_AbCdEfGhI", client_id="1example23456789", transport=HttpTransport()
    )
    parts = {type(part) for part in vars(client).values() if isinstance(part, Part)}

    assert len(parts) == 5
    for part in parts:
        assert f".. autoclass:: {part.__module__}.{part.__qualname__}\n" in page
