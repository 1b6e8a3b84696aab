"""Opens a letter: walks its structure, unwraps what is wrapped, and gives every piece a fate."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mail import inside, reasons, smime, sniff
from mail.archives import entries
from mail.bodies import Words
from mail.charset import Decoded
from mail.entity import Entity, children, read_entity
from mail.filename import visible
from mail.header import addresses, decode_words
from mail.judging import Item, as_same, judge, kind_of, part_of
from mail.markup import content_ids
from mail.outlook import read_outlook
from mail.package import NAMELESS, Package
from mail.part import Allowance, Fate, Limits, Part, Unopenable
from mail.richtext import rtf_text, unpacked_rtf
from mail.tnef import read_tnef
from mail.transfer import from_uuencode, unwrap

_MOST_NESTING = 30
"""Multiparts in one another: honest mail has five."""
_LONGEST_PATH = 300
_MAILS = frozenset({"message/rfc822", "message/global", "message/news"})
_PAGES = frozenset({"text/html", "text/x-amp-html", "text/watch-html"})
_ELSEWHERE = frozenset({"message/partial", "message/external-body"})
_REPORTS = re.compile(r"message/(?!rfc822|global$|news)|text/rfc822-headers|message/global-")
_INNER_MAIL = re.compile(rb"\s*(?:content-[a-z-]+|mime-version):", re.IGNORECASE)
_PLAIN_PLACE = re.compile(r"[0-9.]*")


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entity without children, as it hangs in the tree."""

    place: str
    entity: Entity
    group: str
    """Place of the multipart/alternative around it, or ""."""
    in_report: bool

    @property
    def said(self) -> str:
        """The label; without one it is text (RFC 2045 section 5.2)."""
        return self.entity.kind.value or "text/plain"

    @property
    def name(self) -> Decoded:
        """The file name from either label."""
        for field in (self.entity.disposition, self.entity.kind):
            for key in ("filename", "name"):
                if field.get(key):
                    return field.parameters[key]
        return NAMELESS

    @property
    def is_body(self) -> bool:
        """Words to be read, not a file."""
        words = self.said.startswith(("text/", "multipart/")) or "/" not in self.said
        return words and not self.name.text and self.entity.disposition.value != "attachment"


class Opening:
    """One letter while it is being opened; its results stand in `parts`, `words`, `remarks` and `signed`."""

    def __init__(self, limits: Limits, trust: smime.Trust = smime.NOBODY) -> None:
        self.limits = limits
        self.trust = trust
        self.allowance = Allowance.of(limits)
        self.parts: list[Part] = []
        self.words = Words()
        self.remarks: dict[str, None] = {}
        self.signed = ""
        self._seen: dict[bytes, str] = {}
        self._places: set[str] = set()
        self._entities = 0
        self._full = False
        self._whole = ""
        """Place of a letter that is one single thing, as S/MIME letters are."""

    def mail(self, raw: memoryview, place: str, depth: int) -> Entity:
        """Opens a mail: the letter itself (place "") or one inside it."""
        root = read_entity(raw)
        if root.headers.broken:
            self.remark("mime_broken")
        if not place:
            _, sender = next(iter(addresses(root.headers.first("from"))), ("", ""))
            self.trust = replace(self.trust, address=sender)
            self._whole = "" if root.multipart else "1"
        elif root.headers.first("subject"):
            self.words.say("Thư kèm theo: " + root.headers.text("subject"))
        leaves = list(self._leaves(root, place, ("", False), 0))
        shown = self._shown_pictures(leaves)
        for leaf in leaves:
            self._leaf(leaf, depth, shown)
        return root

    def remark(self, code: str) -> None:
        """Notes something odd about the letter, once."""
        self.remarks[code] = None

    def _leaves(self, entity: Entity, place: str, around: tuple[str, bool], nesting: int) -> Iterator[Leaf]:
        self._entities += 1
        if self._entities > 5 * self.limits.parts:
            self._overflow(place or "1")
            return
        if nesting > _MOST_NESTING:
            self._keep(part_of(Item(place, bytes(entity.body), said=entity.kind.value), Fate.HELD, reasons.TOO_DEEP))
            return
        if not entity.multipart:
            yield Leaf(place if nesting else _below(place, 1), entity, *around)
            return
        found, closed = children(entity, self.limits.parts + 1)
        if not closed:
            self.remark("mime_broken")
        if not found:
            yield Leaf(_below(place, 1), entity, *around)
        if found and entity.kind.value == "multipart/signed" and not place:
            self._check_signature(found)
        if found and entity.kind.value == "multipart/encrypted":
            self._keep(part_of(Item(_below(place, 1), b"", said=entity.kind.value), Fate.HELD, reasons.ENCRYPTED_MAIL))
            return
        group = place or "0" if entity.kind.value == "multipart/alternative" else around[0]
        report = around[1] or entity.kind.value == "multipart/report"
        for number, child in enumerate(found, 1):
            yield from self._leaves(self._child(entity, child), _below(place, number), (group, report), nesting + 1)

    def _child(self, parent: Entity, raw: memoryview) -> Entity:
        """The children of a digest are mails when they do not say otherwise (RFC 2046 section 5.1.5)."""
        child = read_entity(raw)
        if parent.kind.value == "multipart/digest" and not child.kind.value:
            return replace(child, kind=replace(child.kind, value="message/rfc822"))
        return child

    def _check_signature(self, found: list[memoryview]) -> None:
        sign = read_entity(found[-1])
        if len(found) == 2 and "pkcs7-signature" in sign.kind.value:
            self.signed = smime.check_detached(bytes(found[0]), unwrap(sign.body, sign.encoding)[0], self.trust)

    def _shown_pictures(self, leaves: list[Leaf]) -> frozenset[str]:
        pages = (leaf.entity for leaf in leaves if leaf.said == "text/html" and leaf.is_body)
        return frozenset().union(*(content_ids(unwrap(page.body, page.encoding)[0]) for page in pages))

    def _leaf(self, leaf: Leaf, depth: int, shown: frozenset[str]) -> None:
        entity = leaf.entity
        data, damaged = unwrap(entity.body, entity.encoding)
        if damaged and sniff.media_type(bytes(entity.body[:4096])) not in (sniff.UNKNOWN, sniff.TXT, sniff.CSV):
            data = bytes(entity.body)  # never was base64, whatever the label says
        if damaged:
            self.remark("base64_damaged")
        content_id = entity.headers.first("content-id").decode("latin-1").strip(" <>")
        disposition = entity.disposition.value
        item = Item(
            leaf.place,
            data,
            leaf.name,
            leaf.said,
            depth,
            shown=bool(content_id) and content_id in shown,
            inline=disposition == "inline" or (bool(content_id) and disposition != "attachment"),
        )
        if _REPORTS.match(leaf.said) or (leaf.in_report and leaf.said in _MAILS):
            elsewhere = leaf.said in _ELSEWHERE
            why = reasons.ELSEWHERE if elsewhere else reasons.REPORT
            self._keep(part_of(item, Fate.REFUSED if elsewhere else Fate.IGNORED, why))
        elif leaf.is_body and leaf.said not in ("text/calendar", "text/vcard", "text/x-vcard"):
            self._body(item, leaf)
        else:
            self.open(item)

    def _body(self, item: Item, leaf: Leaf) -> None:
        charset = leaf.entity.kind.get("charset")
        kind = sniff.media_type(item.data)
        words = kind.startswith("text/") or kind in (sniff.UNKNOWN, sniff.EML, sniff.XML)
        wide = charset.lower().startswith(("utf-16", "utf-32", "utf16", "utf32", "ucs"))
        if kind == sniff.RTF and leaf.group:
            self.words.hear(rtf_text(item.data))
            self._keep(part_of(item, Fate.IGNORED, reasons.BODY))
            return
        if not words or (b"\0" in item.data[:4096] and not wide and kind == sniff.UNKNOWN):
            self.open(item)
            return
        files, rest = (
            from_uuencode(item.data, self.limits.parts) if b"\nbegin" in b"\n" + item.data else ([], item.data)
        )
        html = leaf.said in _PAGES
        self._read(rest, charset, leaf.group, html)
        why = reasons.BODY if rest.strip() else reasons.EMPTY_BODY
        self._keep(part_of(item, Fate.IGNORED, why, kind=sniff.HTML if html else sniff.TXT))
        for number, (name, content) in enumerate(files, 1):
            place = f"{item.place}/uu:{number}"
            self.open(Item(place, content, decode_words(name), depth=item.depth + 1))

    def _read(self, data: bytes, charset: str, group: str, html: bool) -> None:
        if not self.words.add(data, charset, group, html):
            self.remark("text_cut")

    def open(self, item: Item) -> None:
        """Opens a container into its pieces, judges anything else."""
        kind = kind_of(item)
        if item.said in _MAILS and kind in (sniff.UNKNOWN, sniff.TXT, sniff.CSV, sniff.EML):
            kind = sniff.EML
        opener = {
            sniff.ZIP: self._archive,
            sniff.SEVENZIP: self._archive,
            sniff.GZIP: self._archive,
            sniff.TNEF: self._package,
            inside.MSG: self._package,
            sniff.EML: self._letter_inside,
            sniff.PKCS7: self._cms,
        }.get(kind)
        if opener is None:
            self._keep(judge(item))
            return
        if self._full:
            return
        if item.depth >= self.limits.depth:
            self._keep(part_of(item, Fate.HELD, reasons.TOO_DEEP))
            return
        at = len(self.parts)
        fate, why = Fate.IGNORED, reasons.OPENED
        try:
            opener(item, kind)
        except Unopenable as trouble:
            why = str(trouble)
            fate = Fate.IGNORED if why == reasons.SIGNATURE else Fate.HELD
        self._keep(part_of(item, fate, why), at)

    def _archive(self, item: Item, kind: str) -> None:
        short = {sniff.ZIP: "zip", sniff.SEVENZIP: "7z"}.get(kind, "gz")
        count = 0
        for entry in entries(item.data, kind, item.name.text, self.allowance):
            count += 1
            name = Decoded(entry.path, "", not entry.other_path, (("", entry.other_path),) if entry.other_path else ())
            path = visible(entry.path.replace("\\", "/"))[:_LONGEST_PATH] or str(count)
            piece = Item(f"{item.place}/{short}:{path}", entry.data, name, depth=item.depth + 1)
            if entry.why:
                self._keep(part_of(piece, entry.fate, entry.why))
            else:
                self.open(piece)
            if self._full:
                return
        if not count:
            raise Unopenable(reasons.NOTHING_INSIDE)

    def _package(self, item: Item, kind: str) -> None:
        tnef = kind == sniff.TNEF
        package = read_tnef(item.data) if tnef else read_outlook(item.data, self.limits)
        self._files(package, f"{item.place}/{'tnef' if tnef else 'msg'}:", item.depth + 1)

    def _files(self, package: Package, prefix: str, depth: int) -> None:
        said = self.words.text()
        for text in (package.subject, package.text):
            if text.strip() not in said:  # a winmail.dat repeats what the mail around it says
                self.words.say(text)
        if package.html and not package.text.strip():
            self._read(package.html, "", "", True)
        elif package.rtf and not package.text.strip() and self.words.left:
            self.words.hear(rtf_text(unpacked_rtf(package.rtf)))
        shown = content_ids(package.html)
        for number, file in enumerate(package.files, 1):
            place = f"{prefix}{number}"
            hidden = file.hidden or (bool(file.content_id) and file.content_id in shown)
            item = Item(place, file.data, file.name, file.said, depth, shown=hidden, inline=bool(file.content_id))
            if file.why:
                self._keep(part_of(item, Fate.HELD, file.why))
            elif file.mail is not None:
                self._keep(part_of(item, Fate.IGNORED, reasons.OPENED, kind=inside.MSG))
                self._files(file.mail, f"{place}/msg:", depth + 1)
            else:
                self.open(item)

    def _letter_inside(self, item: Item, kind: str) -> None:
        self.mail(memoryview(item.data), item.place, item.depth + 1)

    def _cms(self, item: Item, kind: str) -> None:
        content, state = smime.unwrap(item.data, self.allowance, self.trust)
        if item.place == self._whole and state:
            self.signed = state
        if _INNER_MAIL.match(content[:200]) or sniff.media_type(content) == sniff.EML:
            self.mail(memoryview(content), f"{item.place}/p7m", item.depth + 1)
            return
        name = replace(item.name, text=re.sub(r"\.p7[mcs]$", "", item.name.text, flags=re.IGNORECASE))
        self.open(Item(f"{item.place}/p7m", content, name, depth=item.depth + 1))

    def _keep(self, part: Part, at: int | None = None) -> None:
        """Notes a Part, under a place of its own; the same bytes are taken once."""
        if self._full and at is None:
            return
        if at is None and len(self.parts) >= self.limits.parts:
            self._overflow(part.place)
            return
        if part.fate is Fate.TAKEN:
            digest = hashlib.sha256(part.data).digest()
            first = self._seen.setdefault(digest, part.place)
            part = as_same(part, first) if first != part.place else part
        self.parts.insert(len(self.parts) if at is None else at, replace(part, place=self._own_place(part.place)))

    def _overflow(self, place: str) -> None:
        """One Part stands for all that is beyond the limit."""
        if self._full:
            return
        self._full = True
        self.remark("too_many_parts")
        place = self._own_place(place)
        self.parts.append(part_of(Item(place, b""), Fate.HELD, reasons.TOO_MANY))

    def _own_place(self, place: str) -> str:
        own, number = place, 2
        while own in self._places:
            own, number = f"{place}#{number}", number + 1
        self._places.add(own)
        return own


def _below(place: str, number: int) -> str:
    if not place:
        return str(number)
    return f"{place}{'.' if _PLAIN_PLACE.fullmatch(place) else '/'}{number}"
