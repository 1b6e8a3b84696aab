"""A letter on its way into the spool, by DATA at once or by BDAT chunk by chunk."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from mail.smtp_data import ChunkStream, DataStream
from mail.smtp_spool import SpoolFile


@dataclass(slots=True, kw_only=True)
class Arriving:
    """From its first octet until the house has it, or nobody wants it."""

    stream: DataStream | ChunkStream
    timer: asyncio.TimerHandle  # ends the connection of a letter that takes too long
    spool: SpoolFile | None = None  # None once it is refused
    refusal: str = ""  # the reply; what still comes of it is read and forgotten
    counted: str = ""  # under this name it counts for the hour; "" when it does not
    chunks: int = 0  # by BDAT
    began: float = field(default_factory=time.monotonic)
