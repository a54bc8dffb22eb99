"""What browsers give for passkeys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cognitokit.errors import InvalidData

if TYPE_CHECKING:
    from collections.abc import Mapping


def credential_json(credential: Mapping[str, Any] | str) -> str:
    """Return a browser's credential as JSON text.

    Raises:
        InvalidData: It is not a JSON object.
    """
    try:
        text = credential if isinstance(credential, str) else json.dumps(dict(credential))
        whole = isinstance(json.loads(text), dict)
    except (TypeError, ValueError, RecursionError):
        text, whole = "", False
    if not whole:
        del credential, text  # a traceback shows what is in this frame
        raise InvalidData(
            "The credential must be the browser's PublicKeyCredential as a JSON object."
        )
    return text
