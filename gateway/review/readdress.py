"""A sealed paper that could not go out because of a recipient gets other recipients; its bytes stay as they are."""

from __future__ import annotations

import datetime as dt
import re

from gateway.document import Change, Document, Mover, Recipient
from gateway.errors import Incomplete
from gateway.receivers import ended
from gateway.review.acts import Act, Person, demand, reason_of
from gateway.review.translations import mark
from gateway.store.directory import Directory

NOBODY = mark("Chưa có nơi nhận. Hãy nhập ít nhất một mã cơ quan có trong danh bạ.")


def readdress(document: Document, said: str, reason: str, *, who: Person, directory: Directory,
              today: dt.date) -> Change:  # fmt: skip
    """The paper goes to the bodies whose codes are said, parted by commas or blanks, and is sent again.

    Raises:
        NotAllowed, WrongStage: see acts.demand.
        Incomplete: no code, one that the directory does not have, one that has ended, or no reason.
    """
    demand(Act.READDRESS, document, who)
    codes = list(dict.fromkeys(code.upper() for code in re.split(r"[\s,;]+", said) if code))
    bodies = {code: directory.get(code) for code in codes}
    if unknown := [code for code, body in bodies.items() if body is None]:
        raise Incomplete({"to": f"Danh bạ không có mã {', '.join(unknown)}. Hãy kiểm tra lại mã."})
    recipients = tuple(Recipient(body.code, body.name) for body in bodies.values() if body is not None)
    if not recipients:
        raise Incomplete({"to": NOBODY})
    if over := ended(recipients, directory, today):
        raise Incomplete({"to": " ".join(one.sentence for one in over)})
    why = f"Nơi nhận: {'; '.join(to.code for to in recipients)}. {reason_of(reason)}"
    return Change(what="readdressed", why=why, by=Mover.CLERK, recipients=recipients, release=True)
