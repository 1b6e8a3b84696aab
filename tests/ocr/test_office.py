"""Office and text files become PDF: every format of the regulation, and nothing that a hostile file asks for."""
from __future__ import annotations

import contextlib
import functools
import http.server
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from ocr import office
from ocr.errors import Encrypted, TimedOut, Unreadable
from ocr.office import ENDINGS, Limits, to_pdf
from ocr.pdfium import PDFIUM
from ocr.read import archive, look
from ocr.triage import Kind
from tests.verapdf import broken_rules
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(not any(os.path.exists(one) for one in office._PROGRAMS),
                                reason="LibreOffice is not installed (Debian package libreoffice-writer-nogui)")
LINE = "Số: 12/UBND-VP, kính gửi Ủy ban nhân dân xã Mẫu"
TYPES = {ending: media_type for media_type, ending in ENDINGS.items()}
DOCX = TYPES[".docx"]
ROOT = Path(__file__).resolve().parents[2]
HOSTILE = ROOT.parent / "shared" / "hostile"


def words_of(pdf: Path) -> str:
    with PDFIUM, pypdfium2.PdfDocument(pdf) as document:
        return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in document)


def docx(path: Path, body: str, *, rels: str = "", more: dict[str, str] | None = None) -> Path:
    """A Word file by hand: what a test needs and nothing else."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    with zipfile.ZipFile(path, "w") as archive_file:
        archive_file.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types">'
                              f'<Default Extension="rels" ContentType="{relations}"/>'
                              f'<Override PartName="/word/document.xml" ContentType="{DOCX}.main+xml"/></Types>')
        archive_file.writestr("_rels/.rels", f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
                              f'Type="{relation}/officeDocument" Target="word/document.xml"/></Relationships>')
        archive_file.writestr("word/_rels/document.xml.rels",
                              f'<Relationships xmlns="{package}/relationships">{rels}</Relationships>')
        archive_file.writestr("word/document.xml", f'<w:document xmlns:w="{word}" xmlns:r="{relation}"><w:body>{body}'
                              "</w:body></w:document>")
        for name, data in (more or {}).items():
            archive_file.writestr(name, data)
    return path


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


@pytest.fixture(scope="module")
def formats(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One file of every format, made by LibreOffice from a text and a table."""
    folder = tmp_path_factory.mktemp("formats")
    (folder / "a.txt").write_text(LINE, "utf-8")
    (folder / "b.csv").write_text(f"Số;Ngày;Trích yếu\n12;20/11/2026;{LINE}\n", "utf-8")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    program = next(one for one in office._PROGRAMS if os.path.exists(one))

    def convert(source: str, infilter: str, *targets: str) -> None:
        for target in targets:
            for _ in range(2):  # the first start only makes the profile
                subprocess.run([program, profile, "--headless", f"--infilter={infilter}", "--convert-to", target,
                                "--outdir", str(folder), str(folder / source)], check=False, capture_output=True)

    convert("a.txt", "Text (encoded):UTF8", "odt", "docx:MS Word 2007 XML", "doc:MS Word 97", "rtf:Rich Text Format")
    convert("b.csv", "CSV:59,34,UTF8", "ods", "xlsx:Calc MS Excel 2007 XML", "xls:MS Excel 97")
    return {path.suffix: path for path in folder.iterdir() if path.suffix in TYPES}


def test_every_format_of_the_regulation_becomes_pdf_with_its_words(
    formats: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(formats) == set(TYPES)
    for ending, source in formats.items():
        if ending in (".xls", ".odt"):
            monkeypatch.setattr("ocr.fences.has_rooms", lambda: False)  # behind Landlock, as where bubblewrap is absent
        made = to_pdf(source, TYPES[ending], tmp_path)
        assert LINE in words_of(made), ending
        assert [one.name for one in tmp_path.iterdir()] == ["office.pdf"]
        monkeypatch.undo()


def test_the_pdf_goes_on_as_born_digital_and_ends_as_pdfa(formats: dict[str, Path], tmp_path: Path) -> None:
    made = to_pdf(formats[".docx"], DOCX, tmp_path)
    reading = look(made)
    assert reading.triage.kind is Kind.DIGITAL
    assert LINE in " ".join(line.text for line in reading.pages[0].lines)
    out = tmp_path / "archive.pdf"
    assert not archive(made, reading, out).flattened
    assert broken_rules(out, "2b") == []


@functools.cache
def asked() -> list[str]:
    return []


@pytest.fixture
def server() -> Iterator[str]:
    """A server on this machine that writes down who asks."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked().append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET

        def log_message(self, *_: object) -> None:
            """Quiet."""

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()


def test_a_remote_picture_or_template_is_never_fetched(server: str, tmp_path: Path) -> None:
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = (f'<Relationship Id="p" Type="{relation}/image" Target="{server}/p.png" TargetMode="External"/>'
            f'<Relationship Id="t" Type="{relation}/attachedTemplate" Target="{server}/t.dotm" TargetMode="External"/>')
    picture = ('<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml" style="width:100pt;height:100pt">'
               '<v:imagedata r:id="p"/></v:shape></w:pict></w:r></w:p>'
               '<w:p><w:r><w:instrText>INCLUDEPICTURE "' + server + '/f.png"</w:instrText></w:r></w:p>')
    made = to_pdf(docx(tmp_path / "a.docx", paragraph(LINE) + picture, rels=rels), DOCX, tmp_path)
    assert LINE in words_of(made)
    assert asked() == []


def test_a_file_that_is_none_and_one_with_a_password_are_told_apart(tmp_path: Path) -> None:
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(Unreadable) as caught:
        to_pdf(broken, DOCX, tmp_path)
    assert not isinstance(caught.value, Encrypted)
    closed = tmp_path / "closed.docx"
    closed.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(Encrypted):
        to_pdf(closed, DOCX, tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["broken.docx", "closed.docx"]


def test_what_takes_too_long_is_stopped_with_all_it_started(tmp_path: Path) -> None:
    source = docx(tmp_path / "a.docx", paragraph(LINE) * 20_000)
    with pytest.raises(TimedOut) as caught:
        to_pdf(source, DOCX, tmp_path, limits=Limits(time_s=0.3))
    assert caught.value.temporary
    assert not running_in(tmp_path)


def test_it_dies_with_whoever_started_it(tmp_path: Path) -> None:
    source = docx(tmp_path / "a.docx", paragraph(LINE) * 60_000)
    code = ("import sys; from pathlib import Path; from ocr.office import to_pdf; "
            f"to_pdf(Path(sys.argv[1]), {DOCX!r}, Path(sys.argv[2]))")
    parent = subprocess.Popen([sys.executable, "-c", code, str(source), str(tmp_path)], cwd=ROOT)
    wait_for(lambda: bool(running_in(tmp_path)), every=0.02)
    parent.kill()
    parent.wait()
    wait_for(lambda: not running_in(tmp_path))


def running_in(folder: Path) -> list[int]:
    """Processes of LibreOffice whose profile lies in the folder."""
    found = []
    for one in Path("/proc").iterdir():
        try:
            command = (one / "cmdline").read_bytes() if one.name.isdecimal() else b""
        except OSError:
            continue
        if b"soffice" in command.split(b"\0")[0] and str(folder).encode() in command:
            found.append(int(one.name))
    return found


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="../shared/hostile is not here")
def test_odd_office_files_give_pages_or_a_sentence(tmp_path: Path) -> None:
    for path in sorted(HOSTILE.iterdir()):
        if path.suffix in TYPES and path.suffix not in (".txt", ".csv"):
            with contextlib.suppress(Unreadable, TimedOut):  # anything else is a fault
                assert to_pdf(path, TYPES[path.suffix], tmp_path).stat().st_size > 0
