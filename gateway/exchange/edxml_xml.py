"""A hardened look into XML: bounded size, nodes and depth; no DTD, no entities, no network, no foreign encodings."""

from __future__ import annotations

import re

from lxml import etree

from gateway.errors import BadMessage

MAX_BYTES = 300 * 1024 * 1024
_MAX_DEPTH = 40
_MAX_TAGS = 200_000
_MAX_QUOTES = 100_000
"""Attributes are few in edXML; base64 holds no quote."""
UNREADABLE = "Không đọc được gói tin theo edXML; bản gốc đã được giữ. Hãy đề nghị nơi gửi gửi lại."

_DECLARED = re.compile(rb"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_DECLARATION = re.compile(r"^<\?xml[^>]{0,200}\?>")
_PLAIN = ("utf-8", "utf8", "us-ascii", "ascii")
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def parse(raw: bytes) -> etree._Element:
    """The root of a document that is safe to walk through.

    Raises:
        BadMessage: not well-formed, too large, too deep, with a DTD, or in an encoding that could hide one.
    """
    if len(raw) > MAX_BYTES:
        raise BadMessage(UNREADABLE)
    data = _as_utf8(raw)
    # Looked for in the bytes, before any parser sees them; '<' stands nowhere in an honest text but before a tag.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise BadMessage(UNREADABLE)
    if data.count(b"<") > _MAX_TAGS or data.count(b'"') + data.count(b"'") > _MAX_QUOTES:
        raise BadMessage(UNREADABLE)
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadMessage(UNREADABLE) from error
    if root.getroottree().docinfo.internalDTD is not None or _too_deep(root):
        raise BadMessage(UNREADABLE)
    return root


def _as_utf8(raw: bytes) -> bytes:
    """Bytes in UTF-8 without byte order mark; UTF-16 is turned over, other encodings are refused."""
    if raw[:2] in _WIDE:
        try:
            return _DECLARATION.sub("", raw.decode("utf-16").lstrip()).encode()
        except UnicodeError as error:
            raise BadMessage(UNREADABLE) from error
    data = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    declared = _DECLARED.match(data)
    if declared and declared.group(1).decode("ascii").lower() not in _PLAIN:
        raise BadMessage(UNREADABLE)
    return data


def _parser() -> etree.XMLParser:
    # huge_tree: base64 of a scan is one text node of more than 10 MB; the bounds above stand in for libxml2's.
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )


def _too_deep(root: etree._Element) -> bool:
    stack = [(root, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > _MAX_DEPTH:
            return True
        stack.extend((child, depth + 1) for child in node)
    return False


def name_of(node: etree._Element) -> str:
    """Local name; prefixes and namespaces differ between systems."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def children(node: etree._Element | None, *names: str) -> list[etree._Element]:
    """Children with one of these local names."""
    return [child for child in node if name_of(child) in names] if node is not None else []


def child(node: etree._Element | None, *names: str) -> etree._Element | None:
    """The first such child."""
    return next(iter(children(node, *names)), None)


def text(node: etree._Element | None, *path: str) -> str:
    """Text at the end of a path of local names ("A|B" is either), "" when a step is missing."""
    for step in path:
        node = child(node, *step.split("|"))
    return (node.text or "").strip() if node is not None else ""


def find(node: etree._Element, *names: str) -> etree._Element | None:
    """The first element below with one of these local names."""
    return next((found for found in node.iter() if name_of(found) in names), None)
