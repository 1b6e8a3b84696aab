"""Office and text files become PDF through LibreOffice, in a process that has no network, no macros and little time.

bubblewrap shows it nothing but the system's programs and its own work folder; where the kernel does not allow that,
`unshare` takes at least the network away, if it may.  `setpriv` ties it to our life, `prlimit` bounds memory, files and
processor time.
Its profile is made anew for every file, with macros, links to other files and remote pictures forbidden.
"""
from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ocr.errors import ConverterMissing, Encrypted, TimedOut, Unreadable
from ocr.fences import in_a_room

_OFFICE = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
CSV = "text/csv"
FLAT_TEXT = f"{_ODF}text-flat-xml"
"""A letter as one XML file: what to_flat() makes and to_pdf() takes."""
FLAT_SHEET = f"{_ODF}spreadsheet-flat-xml"
"""The same for a workbook."""
ENDINGS = {
    "text/plain": ".txt", CSV: ".csv", "application/rtf": ".rtf", "application/msword": ".doc",
    f"{_OFFICE}wordprocessingml.document": ".docx", f"{_ODF}text": ".odt", "application/vnd.ms-excel": ".xls",
    f"{_OFFICE}spreadsheetml.sheet": ".xlsx", f"{_ODF}spreadsheet": ".ods",
}
"""Media type to the ending LibreOffice is shown: the formats that offices exchange."""
SHEETS = frozenset(kind for kind, ending in ENDINGS.items() if ending in (".xls", ".xlsx", ".ods"))
"""Workbooks."""
TEXTS = frozenset({"text/plain", CSV})
"""These must be UTF-8 by the time they come here."""
_FLAT = {FLAT_TEXT: ".fodt", FLAT_SHEET: ".fods"}
_PROGRAMS = ("/usr/lib/libreoffice/program/soffice.bin", "/opt/libreoffice/program/soffice.bin")
_NEW_PROFILE = 81
"""Exit status of a LibreOffice that has just made its profile and wants to be started again."""
_SEPARATORS = {ord(","): 44, ord(";"): 59, ord("\t"): 9}

_FORBIDDEN = (
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Writer/Content/Update", "Link", "2"),
    ("Calc/Content/Update", "Link", "2"),
)
"""Path below org.openoffice.Office, name and value: no macro runs, no link is followed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """For one file."""

    time_s: float = 120.0
    memory_mb: int = 4096
    """Address space."""
    file_mb: int = 1024


def to_pdf(path: Path, media_type: str, folder: Path, *, limits: Limits | None = None) -> Path:
    """Writes the PDF of the file at `path` into `folder` and gives its path.

    `media_type` is one of ENDINGS, FLAT_TEXT or FLAT_SHEET; text is expected in UTF-8.

    Raises:
        ConverterMissing: LibreOffice is not installed.
        Encrypted, Unreadable: the file asks for a password, or gives no pages.
        TimedOut: it took longer than allowed.
    """
    return _converted(path, media_type, folder / "office.pdf", limits or Limits())


def to_flat(path: Path, media_type: str, folder: Path, *, limits: Limits | None = None) -> Path:
    """The same as one XML file (OpenDocument 1.3 part 3, 2.2.1), whose words can be rewritten: a letter or workbook."""
    return _converted(path, media_type, folder / f"office{_FLAT[flat_type(media_type)]}", limits or Limits())


def flat_type(media_type: str) -> str:
    """The media type of what to_flat() makes of a file."""
    return FLAT_SHEET if media_type in SHEETS else FLAT_TEXT


def _converted(path: Path, media_type: str, target: Path, limits: Limits) -> Path:
    program, ending = _program(), target.suffix
    with tempfile.TemporaryDirectory(prefix="office-", dir=target.parent) as name:
        work = Path(name)
        source = work / f"source{(ENDINGS | _FLAT)[media_type]}"
        shutil.copyfile(path, source)
        _write_profile(work / "profile")
        command = [*_fences(work, limits), program, *_arguments(work, source, media_type, ending)]
        said = _run(command, work, limits.time_s)
        made = work / "out" / f"source{ending}"
        if not made.is_file() or made.stat().st_size == 0:
            raise _why_not(source, said)
        made.replace(target)
        return target


def is_installed() -> bool:
    """Is there a LibreOffice to convert with?"""
    return any(os.access(one, os.X_OK) for one in _PROGRAMS)


def _program() -> str:
    found = next((one for one in _PROGRAMS if os.access(one, os.X_OK)), None)
    if found is None:
        raise ConverterMissing
    return found


def _fences(work: Path, limits: Limits) -> list[str]:
    return [*in_a_room(work), "setpriv", "--pdeathsig", "KILL", "prlimit", f"--as={limits.memory_mb << 20}",
            f"--fsize={limits.file_mb << 20}", f"--cpu={round(limits.time_s) + 5}", "--core=0"]


def _arguments(work: Path, source: Path, media_type: str, ending: str) -> list[str]:
    filters = []
    if media_type == "text/plain":
        filters = ["--infilter=Text (encoded):UTF8"]
    elif media_type == CSV:
        filters = [f"--infilter=CSV:{_separator(source)},34,UTF8"]
    return [f"-env:UserInstallation={(work / 'profile').as_uri()}", "--headless", "--norestore", "--nolockcheck",
            "--nodefault", "--nofirststartwizard", *filters, "--convert-to", ending[1:], "--outdir",
            str(work / "out"), str(source)]


def _separator(source: Path) -> int:
    with source.open("rb") as file:
        first = file.readline(65536)
    return _SEPARATORS[max(_SEPARATORS, key=first.count)]


def _write_profile(profile: Path) -> None:
    items = "".join(
        f'<item oor:path="/org.openoffice.Office.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value>'
        "</prop></item>" for path, name, value in _FORBIDDEN)
    folder = profile / "user"
    folder.mkdir(parents=True)
    (folder / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{items}</oor:items>", "utf-8")


def _run(command: list[str], work: Path, time_s: float) -> str:
    """What it said; started a second time when the first start only made the profile."""
    nowhere = "http://127.0.0.1:9"  # a second fence where the network could not be taken away
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(work), "TMPDIR": str(work), "LC_ALL": "C.UTF-8",
                   "http_proxy": nowhere, "https_proxy": nowhere, "SAL_USE_VCLPLUGIN": "svp"}
    said = ""
    for _ in range(2):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   cwd=work, env=environment, start_new_session=True)
        try:
            said = process.communicate(timeout=time_s)[0].decode("utf-8", "replace")
        except subprocess.TimeoutExpired as error:
            raise TimedOut(detail=f"LibreOffice took more than {time_s:.0f} s") from error
        finally:
            _end(process)
        if process.returncode != _NEW_PROFILE:
            break
    return said


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing that it started outlives it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _why_not(source: Path, said: str) -> Unreadable:
    if _asks_for_password(source):
        return Encrypted(detail="office file with a password")
    return Unreadable(detail=f"LibreOffice: {said.strip().splitlines()[-1][:200] if said.strip() else 'no output'}")


def _asks_for_password(source: Path) -> bool:
    """OOXML with a password is an OLE file with an EncryptedPackage; ODF says so in its manifest."""
    data = source.read_bytes()
    return "EncryptedPackage".encode("utf-16-le") in data or b"encryption-data" in data[:65536]
