"""The names of the testing kit, and what they cost to have."""

from __future__ import annotations

import pytest

from cognitokit import testing


@pytest.mark.parametrize("name", testing.__all__)
def test_every_name_can_be_had(name: str) -> None:
    """Each public name is loaded when it is asked for, and says what it is."""
    assert getattr(testing, name).__doc__


def test_names_are_sorted_and_listed() -> None:
    """dir() shows the public names, sorted."""
    assert sorted(testing.__all__) == testing.__all__ == dir(testing)


def test_other_names_do_not_exist() -> None:
    """An unknown name is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match="no attribute 'Mint'"):
        _ = testing.Mint
