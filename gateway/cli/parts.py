"""`vanthu parts`: every foreign part with version and licence; with --cyclonedx as a bill of materials (SBOM)."""
from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from gateway import __version__
from gateway.cli.opened import show_json

_DEBIAN = ("tesseract-ocr", "tesseract-ocr-vie", "tesseract-ocr-osd", "libtesseract5", "poppler-utils",
           "libreoffice-core-nogui", "libreoffice-writer-nogui", "libreoffice-calc-nogui", "fonts-liberation2",
           "libgl1", "libglib2.0-0", "python3.11")
"""Programs and libraries of the system that we call; setup/debian-run.txt and what carries them."""
_TOOLS = frozenset({"pip", "setuptools", "wheel"})


@dataclass(frozen=True, slots=True)
class Part:
    """One foreign part."""

    name: str
    version: str
    license: str
    """As its maker says it, "" where he says nothing."""
    purl: str


def add_to(commands: Any) -> None:
    """Adds the command."""
    parts = commands.add_parser("parts", help="phần mềm thành phần: phiên bản, giấy phép / versions, licences, SBOM")
    parts.add_argument("--cyclonedx", action="store_true", help="CycloneDX 1.6 JSON")
    parts.set_defaults(do=_parts)


def _parts(arguments: argparse.Namespace) -> int:
    found = [*python_parts(), *debian_parts()]
    if arguments.cyclonedx:
        show_json(bill(found))
        return 0
    for one in found:
        print(f"{one.name:<32}{one.version:<22}{one.license or '?'}")
    return 0


def python_parts() -> Iterator[Part]:
    """What is installed in this environment."""
    for one in sorted(metadata.distributions(), key=lambda one: one.name.lower()):
        if one.name not in _TOOLS and one.name != "vanthu":
            yield Part(one.name, one.version, _license(one), f"pkg:pypi/{one.name.lower()}@{one.version}")


def debian_parts() -> Iterator[Part]:
    """What the system brings; nothing where there is no dpkg."""
    try:
        asked = ["dpkg-query", "-W", "-f", "${db:Status-Abbrev}\t${Package}\t${Version}\n", *_DEBIAN]
        listed = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return
    for line in listed.splitlines():
        state, name, version = line.split("\t")
        if state.startswith("ii"):
            yield Part(name, version, f"/usr/share/doc/{name}/copyright", f"pkg:deb/debian/{name}@{version}")


def bill(parts: list[Part]) -> dict[str, Any]:
    """The parts as CycloneDX."""
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": {"type": "application", "name": "vanthu", "version": __version__,
                                   "licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": [{"type": "library", "name": one.name, "version": one.version, "purl": one.purl,
                        "bom-ref": one.purl, "licenses": [{"license": {"name": one.license}}] if one.license else []}
                       for one in parts],
    }


def _license(one: metadata.Distribution) -> str:
    """The expression, else the classifiers, else the first line of the text, else the file that has it."""
    told = one.metadata
    if "License-Expression" in told:
        return told["License-Expression"]
    named = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if line.startswith("License ::")]
    first = told["License"].strip().partition("\n")[0] if "License" in told else ""
    files = [f"see {name}" for name in told.get_all("License-File") or ()]
    return ", ".join(named) or first[:60] or next(iter(files), "")
