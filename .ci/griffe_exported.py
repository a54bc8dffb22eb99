# ruff: noqa: INP001 - a file that griffe loads by its path
"""Tells griffe what is public: the modules that say what they export, and the errors."""

from __future__ import annotations

from typing import Any

import griffe


class Exported(griffe.Extension):
    """Marks every other module as private: what it holds may change in any release."""

    def on_module_members(self, *, mod: griffe.Module, **_: Any) -> None:
        """Decide about a module whose members are known."""
        mod.public = bool(mod.exports) or mod.path.startswith("cognitokit.errors")
