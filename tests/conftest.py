"""What every test starts from: no AWS or Cognito settings of the machine it runs on."""

import os

import pytest

LONG_ID = 60


@pytest.fixture(autouse=True)
def _no_settings_from_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Neither a developer's profile nor a CI role reaches a test."""
    for name in os.environ:
        if name.startswith(("AWS_", "COGNITO_")):
            monkeypatch.delenv(name)
    nowhere = tmp_path_factory.getbasetemp() / "no-such-file"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(nowhere))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a long text after its parameter: keys and tokens are new in each of xdist's processes."""
    return argname if isinstance(val, (str, bytes)) and len(val) > LONG_ID else None
