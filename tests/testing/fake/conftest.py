from __future__ import annotations

import pytest

from cognitokit.testing import FakePool
from tests.testing.fake.calls import PASSWORD


@pytest.fixture
def pool() -> FakePool:
    """A pool as it comes, with jane in it, at a time that stands still."""
    made = FakePool(clock=lambda: 1_800_000_000.25)
    made.add_user("jane", PASSWORD)
    return made
