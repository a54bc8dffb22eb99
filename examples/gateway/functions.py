"""Lambda functions in this process: a handler, its environment variables, and a fresh module."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from cognitokit import CognitoClient


class LocalFunction:
    """A function as Lambda has it: the module is imported anew, and sees its own variables only.

    Not for threads: the environment is the process's.

    Args:
        folder: Where the code is.
        handler: "module.function".
        environ: The function's environment variables.
    """

    def __init__(self, folder: Path, handler: str, environ: Mapping[str, str]) -> None:
        module, _, name = handler.rpartition(".")
        self.environ = dict(environ)
        # Mangum runs applications in the thread's event loop, and leaves one behind where there is none.
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        with self._environment():
            self._module = _fresh(folder / f"{module}.py")
        self.handler: Callable[[dict[str, Any], Any], Any] = getattr(self._module, name)

    def __call__(self, event: dict[str, Any], context: object) -> Any:
        """Call the handler, as Lambda does."""
        asyncio.set_event_loop(self._loop)
        with self._environment():
            return self.handler(event, context)

    def close(self) -> None:
        """End the connections that the module holds, as Lambda does with the whole process."""
        for value in vars(self._module).values():
            if isinstance(value, CognitoClient):
                value.close()
        asyncio.set_event_loop(None)
        self._loop.close()

    @contextlib.contextmanager
    def _environment(self) -> Iterator[None]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "COGNITO_"))
        }
        with mock.patch.dict(os.environ, {**kept, **self.environ}, clear=True):
            yield


def _fresh(path: Path) -> Any:
    # Several examples have a module of this name: each gets one of its own.
    name = f"{path.parent.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Annotations are looked up in it, by FastAPI for one.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
