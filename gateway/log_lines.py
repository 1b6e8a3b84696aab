"""How a process of the gateway writes its log."""
from __future__ import annotations

import logging

ROOMS = ("gateway", "ocr", "mail", "rules")


def set_up_logging(level: str) -> None:
    """Lines on standard error; the libraries speak only of trouble: what they find noteworthy may quote a letter."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for room in ROOMS:
        logging.getLogger(room).setLevel(level)
