"""Views whose annotations are strings, one of which exists for type checkers only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from cognitokit import AccessToken, IdToken
from cognitokit.fastapi import require_cognito

if TYPE_CHECKING:
    from decimal import Decimal

router = APIRouter()


class Task(BaseModel):
    """A body."""

    title: str


@router.post("/tasks/{number}")
@require_cognito(groups=["admin"])
async def create(
    number: Annotated[int, Path(ge=1)],
    task: Task,
    token: AccessToken | IdToken,
    limit: Annotated[int, Query(le=10)] = 5,
) -> dict[str, str | int | None]:
    """Every kind of parameter, the token among them."""
    return {"number": number, "title": task.title, "user": token.username, "limit": limit}


def price() -> int:
    """A dependency."""
    return 3


@router.get("/unresolvable", response_model=None)
@require_cognito
async def unresolvable(
    token: AccessToken,
    limit: int = 5,
    price: Decimal = Depends(price),  # noqa: B008, FAST002 - the older way
) -> Decimal:
    """Two annotations do not exist when the app runs."""
    return {"user": token.username, "limit": limit, "price": price}  # type: ignore[return-value]
