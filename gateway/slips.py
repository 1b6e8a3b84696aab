"""The slip of one registered paper, from its rows."""
from __future__ import annotations

from gateway.document import Document
from gateway.errors import WrongStage
from gateway.exchange.port import Body
from gateway.sheets.slip import Slip
from gateway.store.store import Store
from rules.field import Name

_NO_NUMBER = "Văn bản chưa có số đến nên chưa lập được phiếu giải quyết. Hãy vào sổ văn bản trước."
_LONGEST = 700


def slip_of(store: Store, document: Document, unit: Body, *, parent: str, place: str = "") -> Slip:
    """What stands on it before anybody writes.

    Raises:
        WrongStage: it has no arrival number.
    """
    number = store.numbers.of([document.id]).get(document.id)
    if number is None:
        raise WrongStage(_NO_NUMBER)
    arrival = store.arrivals.of(document.id)
    return Slip(parent=parent, office=unit.name, place=place, number=str(number.number), registered_at=number.at,
                paper=_sentence(document), due=f"{arrival.due:%d/%m/%Y}" if arrival and arrival.due else "")


def _sentence(document: Document) -> str:
    code = "/".join(part for part in (document.value(Name.NUMBER), document.value(Name.SYMBOL)) if part)
    day = "/".join(reversed(document.value(Name.DATE).split("-")))
    parts = (document.value(Name.DOC_TYPE) or "Văn bản", f"số {code}" if code else "", f"ngày {day}" if day else "",
             f"của {document.value(Name.ISSUER)}" if document.value(Name.ISSUER) else "")
    subject = " ".join(document.value(Name.SUBJECT).split())
    return (" ".join(part for part in parts if part) + (f" về {subject}" if subject else ""))[:_LONGEST] + "."
