"""OPTIONS requests: a browser's preflight carries no credentials (Fetch standard 4.8), and runs no view."""

from __future__ import annotations

from flask import current_app, request
from werkzeug.exceptions import HTTPException


def answer_to_preflight() -> HTTPException | None:
    """Return Flask's own answer, which says what methods there are, in place of a refusal.

    None where the request is no preflight, or goes to the options() of a class-based view: written
    for OPTIONS and nothing else, that is refused as any other method.
    """
    if request.method != "OPTIONS" or request.url_rule is None:
        return None
    view = current_app.view_functions.get(request.url_rule.endpoint)
    if hasattr(getattr(view, "view_class", None), "options"):
        return None
    # With a response and no code of its own, Flask's error handlers leave it alone.
    return HTTPException(response=current_app.make_default_options_response())
