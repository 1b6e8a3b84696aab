"""`vanthu doctor --mail FILE.eml`: what the house would do with a letter; nothing is taken in."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gateway.cli.opened import show_json
from gateway.errors import ReadFailed
from gateway.letter_bounds import letter_bounds
from gateway.settings import Settings
from mail.parsing import NotParsed, Parsed, parse_apart
from mail.trust import trust_of
from rules.routing import Action, Decision, Slip, decide

_ACTIONS = {Action.TAKE: "nhận", Action.IGNORE: "bỏ qua", Action.REFUSE: "từ chối", Action.HOLD: "nhận và tạm giữ"}
_FATES = {"taken": "✓ nhận", "ignored": "- bỏ qua", "refused": "✗ từ chối", "held": "? tạm giữ"}


def examine_letter(settings: Settings, path: Path, *, as_json: bool) -> int:
    """Prints the rule that fires for each unit, the sender's standing, and the fate of every Part; 3 when held.

    Raises:
        ReadFailed: the letter cannot be opened within its bounds.
        BadSettings: the routing rules have an error.
    """
    with TemporaryDirectory(prefix="vanthu-") as folder:
        try:
            parsed = parse_apart(path, Path(folder), bounds=letter_bounds(settings))
        except NotParsed as error:
            raise ReadFailed from error
        told = _told(settings, path, parsed)
    if as_json:
        show_json(told)
    else:
        print("\n".join(_lines(told)))
    fates = {part["fate"] for part in told["parts"]} | {one["action"] for one in told["units"]}
    return 3 if fates & {"held", "hold", "refuse"} or not all(one["sender_allowed"] for one in told["units"]) else 0


def _told(settings: Settings, path: Path, parsed: Parsed) -> dict[str, Any]:
    from gateway.mail_doors import letters_plan

    plan, letter = letters_plan(settings), parsed.letter
    units = sorted({one.unit for one in plan.units if any(one.has(address) for address in letter.to)}) or [plan.home]
    names = tuple(part.name for part in letter.parts if part.fate.value != "ignored")
    size = path.stat().st_size

    def asked(unit: str) -> Decision:
        return decide(plan.rules, Slip(letter.sender, letter.to, letter.subject, unit, size, names))

    return {
        "file": str(path), "subject": letter.subject, "sender": letter.sender, "to": list(letter.to),
        "automatic": letter.automatic, "signed": letter.signed, "remarks": list(letter.remarks),
        "trust": str(trust_of(path, server=plan.trusted_server, check_dkim=plan.check_dkim)),
        "units": [dataclasses.asdict(found) | {"sender_allowed": plan.may_write(letter.sender, found.unit)}
                  for found in map(asked, units)],
        "parts": [{"place": part.place, "name": part.name, "media_type": part.media_type, "fate": part.fate.value,
                   "why": part.why} for part in letter.parts],
    }


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield f"{told['file']}: {told['subject'] or '(không có tiêu đề)'}"
    yield f"  từ {told['sender'] or '(không rõ)'} đến {', '.join(told['to']) or '(không rõ)'}"
    if told["trust"]:
        yield f"  xác thực: {told['trust']}"
    for one in told["units"]:
        rule = f"quy tắc {one['rule']}" if one["rule"] else "không quy tắc nào khớp"
        yield f"  {one['unit']}: {_ACTIONS[one['action']]} ({rule})" + (f": {one['text']}" if one["text"] else "")
        if one["recipients"]:
            yield f"    nơi nhận ban đầu: {', '.join(one['recipients'])}"
        if not one["sender_allowed"]:
            yield "    người gửi chưa có trong mail_unit.senders: thư sẽ chờ người xem"
    for part in told["parts"]:
        kind = f"{part['name']} [{part['media_type']}]"
        yield f"  {_FATES[part['fate']]:<12}{part['place']:<10}{kind} {part['why']}".rstrip()
