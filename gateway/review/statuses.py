"""What an error of ours is in HTTP, for pages and programs alike."""

from __future__ import annotations

from gateway.errors import (
    FileMissing,
    GatewayError,
    Incomplete,
    LoginRefused,
    NotAllowed,
    NotFound,
    Stale,
    WrongStage,
)

_STATUSES: tuple[tuple[tuple[type[GatewayError], ...], int], ...] = (
    ((NotFound, FileMissing), 404),
    ((NotAllowed, LoginRefused), 403),
    ((WrongStage, Stale), 409),
    ((Incomplete,), 422),
)
_OTHER = 503


def status_of(error: Exception) -> int:
    """404 not there, 403 not yours, 409 not now, 422 not whole, 503 our own trouble."""
    return next((status for kinds, status in _STATUSES if isinstance(error, kinds)), _OTHER)
