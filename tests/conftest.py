"""How a run's tests are named."""

LONG_ID = 60


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a long text after its parameter: keys and tokens are new in each of xdist's processes."""
    return argname if isinstance(val, (str, bytes)) and len(val) > LONG_ID else None
