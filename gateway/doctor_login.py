"""`vanthu doctor`: does the login service answer, and is it what the settings say?"""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from gateway.document import VN
from gateway.errors import GatewayError
from gateway.oidc import open_service
from gateway.review.desk import HealthLine
from gateway.review.login_service import Errand
from gateway.settings import Settings

_NAME = "Dịch vụ đăng nhập"


def login_findings(settings: Settings) -> Sequence[HealthLine]:
    """Nothing without `[oidc]`; else one line, after the service was asked what it is."""
    if not settings.oidc.issuer:
        return ()
    try:
        service = open_service(settings.oidc, lambda: dt.datetime.now(VN))
        if service is not None:
            service.way(Errand.new())
    except GatewayError as error:
        return (HealthLine(_NAME, False, str(error)),)
    return (HealthLine(_NAME, True, f"{settings.oidc.issuer}."),)
