"""HTML of a mail as plain text, and the pictures and fonts it names."""

from __future__ import annotations

import re

from lxml import etree

from mail.charset import Decoded, encoding_of_font, repair
from mail.header import decode_text

_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BREAKS = frozenset(
    ["p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote", "pre", "hr"]
)
_FONT = re.compile(rb"""(?:face\s*=|font-family\s*:)\s*["']?([.\w -]{3,40})""", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE)
_CID = re.compile(rb"""cid:([^"'\s>)]{1,250})""", re.IGNORECASE)


def content_ids(html: bytes) -> frozenset[str]:
    """Content-IDs of pictures that the page shows."""
    return frozenset(found.decode("latin-1").replace("%40", "@") for found in _CID.findall(html))


def html_text(html: bytes, declared: str = "") -> Decoded:
    """The words of a page, blocks on lines of their own. Old fonts (.VnTime, VNI-Times) tell the encoding."""
    fonts = tuple(font.decode("latin-1").strip() for font in _FONT.findall(html))
    old = next((font for font in fonts if encoding_of_font(font)), "")
    if not declared and (found := _CHARSET.search(html[:4096])):
        declared = found[1].decode("latin-1")
    unicode = html.isascii() or _is_utf8(html)
    read = decode_text(html, declared, () if unicode or not old else (old,))
    text = _text(read.text)
    if unicode and old:
        return repair(text)
    return Decoded(text, read.encoding, sure=read.sure, others=tuple((name, _text(one)) for name, one in read.others))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(page: str) -> str:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(page.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return _bare(page)
    if root is None:
        return _bare(page)
    pieces: list[str] = []
    hidden = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            hidden += tag in _HIDDEN
            pieces += ["\n"] if tag in _BREAKS else [" "] if tag in ("td", "th") else []
            text = node.text
        else:
            hidden -= tag in _HIDDEN
            pieces += ["\n"] if tag in _BREAKS and tag != "br" else []
            text = node.tail
        if text and not hidden:
            pieces.append(re.sub(r"\s+", " ", text))
    return _tidy("".join(pieces))


def _bare(page: str) -> str:
    return _tidy(re.sub(r"<[^<>]*>", " ", page))


def _tidy(text: str) -> str:
    lines = [" ".join(line.replace("\xa0", " ").split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
