"""The section of the settings about the drop folder; part of gateway.settings."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import BadSettings
from gateway.store.folding import fold


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder door: scanners write here."""

    enabled: bool = True
    path: Path = Path("drop")
    settle_s: float = 2.0
    """A file is looked at when size and time of change have stood still for so long."""
    give_up_s: float = 900.0
    """A file that is still not whole after so long goes to failed/."""
    poll_s: float = 2.0
    """Between two looks where the file system sends no events, and for the safety scan."""
    front_endings: tuple[str, ...] = ("_truoc", "_front", "-front")
    """A name that ends so (before its suffix) is the fronts of a double-sided scan; its backs end as the same place of
    back_endings says.  Both empty: every file stands for itself."""
    back_endings: tuple[str, ...] = ("_sau", "_back", "-back")
    sides_wait_s: float = 900.0
    """One side waits so long for the other, then it goes on alone, and is told; sides further apart are never put
    together."""
    least_free_mb: int = 500
    """With less room on the disk nothing is taken in, here or at the desk, until there is more."""


def check_sides(fronts: Sequence[str], backs: Sequence[str]) -> None:
    """Looks at what types alone do not tell.

    Raises:
        BadSettings: endings that make no pairs.
    """
    every = [fold(one) for one in (*fronts, *backs)]
    if len(fronts) != len(backs) or not all(every) or len(set(every)) < len(every):
        raise BadSettings("folder.front_endings và folder.back_endings phải có cùng số đuôi, không trùng, không trống, "
                          'ví dụ ["_truoc"] và ["_sau"]. Hãy sửa lại.')
