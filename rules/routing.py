"""Which unit gets a letter, and what is done with it: rules from a TOML file, the first that fits wins.

A rule says `when` (all that is named must fit; of several patterns one) and `then`. Patterns are globs (`*`, `?`) over
the whole value; capitals and tone marks do not count. samples/routing.toml shows every key. The file is read strictly:
a rule that cannot be understood is never passed over.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rules.errors import BadRules
from rules.spelling import fold

MIB = 1 << 20
_PATTERNS = ("sender", "recipient", "subject", "attachment", "unit")
_SIZES = ("larger_mb", "smaller_mb")
_RULE, _WHEN = ("name", "when", "then"), (*_PATTERNS, *_SIZES)
_THEN = ("unit", "recipients", "ignore", "refuse", "hold")
_SAMPLE = "samples/routing.toml có đủ các khóa."


class Action(StrEnum):
    """What is done with a letter."""

    TAKE = "take"
    IGNORE = "ignore"
    REFUSE = "refuse"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Slip:
    """What a rule may look at."""

    sender: str
    recipients: tuple[str, ...]
    subject: str
    unit: str
    size: int  # bytes of the letter as it came
    attachments: tuple[str, ...] | None  # file names; None: not known yet


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say.

    `undecided`: an earlier rule asks for attachments, which are not known yet. The letter is taken meanwhile, and the
    rules are to be asked again with them.
    """

    action: Action
    unit: str
    recipients: tuple[str, ...] = ()  # organization codes the Document starts with
    text: str = ""  # of a refusal or a hold
    rule: str = ""  # name of the rule that decided, "" when none did
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """Conditions; what is None is not asked."""

    sender: re.Pattern[str] | None = None
    recipient: re.Pattern[str] | None = None
    subject: re.Pattern[str] | None = None
    attachment: re.Pattern[str] | None = None
    unit: re.Pattern[str] | None = None
    larger_mb: float | None = None
    smaller_mb: float | None = None

    def fits(self, slip: Slip) -> bool | None:
        """None: everything else fits, but the attachments are not known yet."""
        size = slip.size / MIB
        known = (
            _fits(self.sender, (slip.sender,))
            and _fits(self.recipient, slip.recipients)
            and _fits(self.subject, (slip.subject,))
            and _fits(self.unit, (slip.unit,))
            and (self.larger_mb is None or size > self.larger_mb)
            and (self.smaller_mb is None or size < self.smaller_mb)
        )
        if not known or self.attachment is None:
            return known
        return None if slip.attachments is None else _fits(self.attachment, slip.attachments)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name ("3" where it has none), when it fits, what then."""

    name: str
    when: When
    action: Action = Action.TAKE
    unit: str = ""  # "" leaves the unit as it is
    recipients: tuple[str, ...] = ()
    text: str = ""


def decide(rules: Iterable[Rule], slip: Slip) -> Decision:
    """The first rule that fits; without one the letter is taken for the slip's own unit."""
    for rule in rules:
        fits = rule.when.fits(slip)
        if fits is None:
            return Decision(Action.TAKE, slip.unit, rule=rule.name, undecided=True)
        if fits:
            return Decision(rule.action, rule.unit or slip.unit, rule.recipients, rule.text, rule.name)
    return Decision(Action.TAKE, slip.unit)


def pattern(globs: Iterable[str]) -> re.Pattern[str]:
    """One expression for all of them, to be matched with folded text. Only `*` and `?` stand for something else."""
    return re.compile("|".join(fnmatch.translate(fold(glob).replace("[", "[[]")) for glob in globs))


def _fits(wanted: re.Pattern[str] | None, values: Iterable[str]) -> bool:
    return wanted is None or any(wanted.match(fold(value)) for value in values)


def load(source: str | Path) -> tuple[Rule, ...]:
    """The rules of a file, or of a text.

    Raises:
        BadRules: a sentence that names the rule by its number and, where it has one, its name.
    """
    table = _table(source)
    for key in table:
        if key != "rule":
            raise BadRules(f"Khóa {key} không có trong tệp quy tắc phân thư; mỗi quy tắc bắt đầu bằng [[rule]]. "
                           f"Hãy sửa lại; {_SAMPLE}")
    found = table.get("rule", [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadRules("Mỗi quy tắc phân thư phải bắt đầu bằng dòng [[rule]]. Hãy sửa tệp quy tắc.")
    return tuple(_rule(number, one) for number, one in enumerate(found, 1))


def _table(source: str | Path) -> dict[str, Any]:
    where = f" {source}" if isinstance(source, Path) else ""
    try:
        text = source.read_text("utf-8") if isinstance(source, Path) else source
        return tomllib.loads(text)
    except FileNotFoundError as error:
        raise BadRules(f"Không có tệp quy tắc phân thư{where}. Hãy kiểm tra đường dẫn mail.rules.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        said = f"Không đọc được tệp quy tắc phân thư{where}: {error}."
        raise BadRules(f"{said} Hãy sửa lỗi rồi khởi động lại.") from error


def _rule(number: int, table: Mapping[str, Any]) -> Rule:
    name = table.get("name", "")
    place = f"Quy tắc phân thư số {number}" + (f" ({name})" if isinstance(name, str) and name else "")
    _known(place, "", table, _RULE)
    _text(place, "name", name)
    when, then = _sub(place, table, "when", _WHEN), _sub(place, table, "then", _THEN)
    action, text = _action(place, then)
    asked: dict[str, Any] = {key: pattern(_texts(place, f"when.{key}", when[key])) for key in _PATTERNS if key in when}
    asked |= {key: _size(place, f"when.{key}", when[key]) for key in _SIZES if key in when}
    return Rule(
        name or str(number),
        When(**asked),
        action,
        unit=_text(place, "then.unit", then.get("unit", "")),
        recipients=_texts(place, "then.recipients", then["recipients"]) if "recipients" in then else (),
        text=text,
    )


def _sub(place: str, table: Mapping[str, Any], key: str, known: Collection[str]) -> Mapping[str, Any]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise BadRules(f'{place}: {key} phải là một bảng, ví dụ {key}.{next(iter(known))} = "...". Hãy sửa lại.')
    if key == "then" and not found:
        raise BadRules(f"{place}: chưa nói phải làm gì. Hãy thêm then.unit, then.recipients, then.ignore, then.refuse "
                       "hoặc then.hold.")
    _known(place, f"{key}.", found, known)
    return found


def _known(place: str, prefix: str, table: Mapping[str, Any], known: Collection[str]) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, list(known), 1, 0.5)
            hint = f"Có phải {prefix}{near[0]}? Hãy sửa lại." if near else f"Hãy xóa hoặc sửa; {_SAMPLE}"
            raise BadRules(f"{place}: khóa {prefix}{key} không có. {hint}")


def _action(place: str, then: Mapping[str, Any]) -> tuple[Action, str]:
    said = [key for key in ("ignore", "refuse", "hold") if key in then]
    if not said:
        return Action.TAKE, ""
    if len(said) > 1 or (said[0] != "hold" and len(then) > 1):
        other = next(key for key in then if key != said[0])
        raise BadRules(f"{place}: then.{said[0]} không đi cùng then.{other}. Hãy chỉ giữ một trong hai.")
    if said[0] == "ignore":
        if then["ignore"] is not True:
            raise BadRules(f"{place}: then.ignore chỉ nhận true. Hãy sửa hoặc xóa dòng này.")
        return Action.IGNORE, ""
    text = _text(place, f"then.{said[0]}", then[said[0]]).strip()
    if not text:
        raise BadRules(f"{place}: then.{said[0]} phải nêu lý do bằng một câu. Hãy viết lý do.")
    return Action(said[0]), " ".join(text.split())


def _texts(place: str, key: str, value: Any) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or not all(isinstance(one, str) and one.strip() for one in found):
        raise BadRules(f"{place}: {key} phải là chữ hoặc danh sách chữ, không để trống. Hãy sửa lại.")
    return tuple(one.strip() for one in found)


def _text(place: str, key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadRules(f"{place}: {key} phải là chữ. Hãy sửa lại.")
    return value


def _size(place: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BadRules(f"{place}: {key} phải là số MB không âm. Hãy sửa lại.")
    return float(value)
