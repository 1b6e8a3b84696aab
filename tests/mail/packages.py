"""Writers of winmail.dat and .msg for the tests, as small as the readers' input may be."""

from __future__ import annotations

import struct
from collections.abc import Mapping

Tree = Mapping[str, "bytes | Tree"]


def attribute(level: int, name: int, data: bytes) -> bytes:
    """One attribute of a TNEF stream."""
    return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(values: dict[int, bytes | str], kind: int = 0x102) -> bytes:
    """A property list; text goes as UTF-16, bytes as the given type."""
    out = struct.pack("<I", len(values))
    for name, value in values.items():
        data = (value + "\0").encode("utf-16-le") if isinstance(value, str) else value
        out += struct.pack("<HHII", 0x1F if isinstance(value, str) else kind, name, 1, len(data))
        out += data + bytes(-len(data) % 4)
    return out


def winmail(files: list[dict[str, bytes]], body: bytes = b"", mapi: bytes = b"") -> bytes:
    """A TNEF stream; each file has "title", "data" and "properties" as far as it needs them."""
    out = struct.pack("<IH", 0x223E9F78, 1)
    out += attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    if body:
        out += attribute(1, 0x0002800C, body + b"\0")
    if mapi:
        out += attribute(1, 0x00069003, mapi)
    for file in files:
        out += attribute(2, 0x00069002, bytes(14))
        if "title" in file:
            out += attribute(2, 0x00018010, file["title"] + b"\0")
        if "data" in file:
            out += attribute(2, 0x0006800F, file["data"])
        if "properties" in file:
            out += attribute(2, 0x00069005, file["properties"])
    return out


def ole(tree: Tree) -> bytes:
    """An OLE2 file. Streams are filled up to 4096 bytes with NUL, so that no small ones need a table of their own."""
    entries: list[list[object]] = []
    content = bytearray()
    chains: list[int] = []

    def store(data: bytes) -> int:
        start = len(chains)
        data = data.ljust(4096, b"\0")
        count = (len(data) + 511) // 512
        content.extend(data.ljust(count * 512, b"\0"))
        chains.extend([*range(start + 1, start + count), 0xFFFFFFFE])
        return start

    def add(name: str, node: bytes | Tree, kind: int) -> int:
        number = len(entries)
        is_stream = isinstance(node, bytes)
        start = store(node) if isinstance(node, bytes) else 0xFFFFFFFE
        size = max(len(node), 4096) if is_stream else 0
        entry: list[object] = [name, kind, 0xFFFFFFFF, 0xFFFFFFFF, start, size]
        entries.append(entry)
        before: list[object] | None = None
        for key, value in {} if isinstance(node, bytes) else sorted(node.items()):
            child = add(key, value, 2 if isinstance(value, bytes) else 1)
            if before is None:
                entry[3] = child
            else:
                before[2] = child
            before = entries[child]
        return number

    add("Root Entry", tree, 5)
    packed = [_entry(entry) for entry in entries]
    directory = b"".join(packed).ljust((len(packed) + 3) // 4 * 512, b"\0")
    start = len(chains)
    sectors = len(directory) // 512
    chains += [*range(start + 1, start + sectors), 0xFFFFFFFE]
    tables = -(-(len(chains) + 4) // 128) + 1
    first = len(chains)
    chains += [0xFFFFFFFD] * tables
    table = struct.pack(f"<{len(chains)}I", *chains).ljust(tables * 512, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, tables, start, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", *range(first, first + tables), *[0xFFFFFFFF] * (109 - tables))
    return head + bytes(content) + directory + table


def _entry(entry: list[object]) -> bytes:
    name, kind, right, child, start, size = entry
    wide = str(name).encode("utf-16-le")
    return (
        wide.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(wide) + 2, kind, 1, 0xFFFFFFFF, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def outlook(text: dict[str, bytes | str], files: list[Tree]) -> dict[str, bytes | Tree]:
    """The tree of a .msg: properties by their four hex digits; text goes as UTF-16, bytes as old 8-bit text."""
    tree: dict[str, bytes | Tree] = {"__properties_version1.0": bytes(32)}
    for key, value in text.items():
        wide = isinstance(value, str)
        tree[f"__substg1.0_{key}{'001F' if wide else '001E'}"] = (
            value.encode("utf-16-le") if isinstance(value, str) else value
        )
    return {**tree, **{f"__attach_version1.0_#{number:08X}": file for number, file in enumerate(files)}}
