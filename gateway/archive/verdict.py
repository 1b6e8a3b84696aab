"""What is said in a package about the signatures on its PDF."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gateway.seal.plan import SealPlan


def verdict_by(plan: SealPlan) -> Callable[[Path], Mapping[str, Any]]:
    """Judges a file by the roots that the settings trust.

    Raises:
        BadSettings: a root cannot be read.
    """
    from gateway.seal.keys import trust_of
    from gateway.seal.report import report_as_json
    from gateway.seal.verify import verify

    trust = trust_of(plan)
    return lambda path: report_as_json(verify(path, trust))
