"""From which confidence on a field is shown as certain.

Set so that the expected error of what is shown as sure stays below 0.5 %; number and date from the digit recogniser's
calibrated probability in document-wise cross-validation, the others from the same papers, on the careful side.

On scans much worse than those the probability says too much: of 21 lines that claimed 0.90 to 0.92 there 3 were wrong.
"""

from __future__ import annotations

from collections.abc import Mapping

from rules.field import Name

SURE: Mapping[Name, float] = {
    Name.NUMBER: 0.92,
    Name.DATE: 0.92,
    Name.SYMBOL: 0.93,
    Name.PLACE: 0.90,
    Name.ISSUER: 0.92,
    Name.ISSUER_PARENT: 0.92,
    Name.DOC_TYPE: 0.97,
    Name.SUBJECT: 0.99,
    Name.SIGNER: 0.95,
    Name.SIGNER_TITLE: 0.97,
    Name.URGENCY: 0.90,
    Name.RECIPIENTS: 0.97,
}
