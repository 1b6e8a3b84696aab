"""Reading processes: the same answers as reading in place, and they die when they should."""
from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from ocr.child import ReaderPool
from ocr.errors import Encrypted, OcrError, ReaderCrashed, SignedMustStay, TimedOut, Unreadable
from ocr.fences import file_fence, without_network
from ocr.lent import Lent
from ocr.pool import Pool
from ocr.read import Options, look
from tests.ocr import drawing


def put(folder: Path, data: bytes, name: str = "in.bin") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def is_gone(pid: int, within_s: float = 5.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReaderPool]:
    with ReaderPool(scratch=tmp_path_factory.mktemp("scratch")) as warm:
        yield warm


def workers_of(pool: Pool) -> list[int]:
    found = []
    for pid in children_of(os.getpid()):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # ps itself was listed too
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            if pool.program.module.encode() in command and str(pool._scratch).encode() in environment:
                found.append(pid)
    return found


@pytest.mark.skipif(not without_network(), reason="the kernel lets nobody make an empty network here")
def test_a_worker_has_no_network(pool: ReaderPool, tmp_path: Path) -> None:
    pool.look(put(tmp_path, drawing.png(drawing.blank())))
    (worker,) = workers_of(pool)
    assert os.readlink(f"/proc/{worker}/ns/net") != os.readlink("/proc/self/ns/net")
    devices = Path(f"/proc/{worker}/net/dev").read_text("ascii").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]


def test_a_worker_reads_as_reading_in_place_does(pool: ReaderPool, tmp_path: Path) -> None:
    path = put(tmp_path, drawing.jpeg(drawing.letter(200), 200))
    steps: list[tuple[int, int]] = []
    head = pool.look_head(path)
    reading = pool.look(path, head=head, progress=lambda done, total: steps.append((done, total)))
    assert reading.pages == look(path).pages
    assert steps == [(1, 1)]
    assert pool.archive(path, reading, tmp_path / "out.pdf", progress=lambda *step: steps.append(step)) is False
    assert steps == [(1, 1)] * 2
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")
    assert pool.picture(path, 1, 72).startswith(b"\x89PNG")


@pytest.mark.skipif(not file_fence(), reason="the kernel has no Landlock")
def test_a_worker_opens_only_what_it_is_given(
    pool: ReaderPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = drawing.png(drawing.blank())
    paper, secret = put(tmp_path, scan), put(tmp_path, b"key", "signing.key")
    assert pool.picture(paper, 1, 20)
    reading = pool.look(paper)

    @contextlib.contextmanager
    def by_its_path(_: Lent, task: dict[str, object]) -> Iterator[dict[str, object]]:
        yield task  # as a worker does that somebody has taken over

    monkeypatch.setattr(Lent, "handed", by_its_path)
    for path in (paper, secret, tmp_path / "vanthu.db"):
        with pytest.raises(FileNotFoundError if not path.exists() else PermissionError):
            pool.picture(path, 1, 20)
    with pytest.raises((PermissionError, OcrError)):
        pool.archive(paper, reading, tmp_path / "out.pdf")
    with pytest.raises(PermissionError):
        pool.survey(paper)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.bin", "signing.key"]


def test_what_a_worker_made_is_a_file_or_nothing(tmp_path: Path) -> None:
    lent = Lent.made("vanthu-read-", tmp_path, tmp_path)
    secret, out = put(tmp_path, b"key", "signing.key"), tmp_path / "out.pdf"
    made = lent.own / "made"
    for name in ("nothing", "made"):
        with pytest.raises(ReaderCrashed), lent.handed({"out": str(out)}):
            (lent.own / name).symlink_to(secret)
        assert not out.is_symlink()
        assert not out.exists()
    with lent.handed({"out": str(out)}):
        made.write_bytes(b"%PDF")
    assert out.read_bytes() == b"%PDF"
    with lent.handed({"path": str(secret)}) as told:
        assert Path(told["path"]).parent == lent.given
        assert Path(told["path"]).samefile(secret), "no copy"
    assert list(lent.given.iterdir()) == []


def test_a_worker_may_say_anything_and_its_parent_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr.pool._ANSWER_LIMIT", 1 << 20)
    path = put(tmp_path, b"paper")
    ready, answers = """echo '{"ready": 1}'; read task; """, (
        "[]", "{}", '{"error": "annotations"}', '{"error": 7}', '{"os_error": 3}', '{"progress": "x"}', "[" * 9999)
    for says in answers:
        script = f"{ready} echo '{says}'; sleep 9"
        monkeypatch.setattr("ocr.pool.apart", lambda *_, script=script, **__: ("sh", "-c", script))
        with ReaderPool(scratch=tmp_path) as pool, pytest.raises(ReaderCrashed) as caught:
            pool.look(path, progress=lambda done, of: None)
        assert caught.value.detail == "the worker said something else"
    monkeypatch.setattr("ocr.pool.apart", lambda *_, **__: ("sh", "-c", f"{ready} cat /dev/zero"))
    with ReaderPool(scratch=tmp_path) as pool, pytest.raises(ReaderCrashed) as caught:
        pool.survey(path)
    assert caught.value.detail == "the worker said too much"


def test_errors_come_across_with_their_kind_and_sentence(pool: ReaderPool, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="quét lại") as caught:
        pool.look(put(tmp_path, b"rubbish"))
    assert caught.value.detail == "unknown_bytes"
    signed = drawing.with_signature_field(drawing.text_pdf(["Quyet dinh ve viec ban hanh"]), signed=True)
    path = put(tmp_path, signed)
    with pytest.raises(SignedMustStay):
        pool.archive(path, pool.look(path), tmp_path / "out.pdf")
    with pytest.raises(FileNotFoundError):
        pool.look(tmp_path / "nowhere.pdf")
    assert issubclass(Encrypted, OcrError)


def test_a_killed_worker_is_a_temporary_error_and_the_next_task_gets_a_new_one(
    pool: ReaderPool, tmp_path: Path
) -> None:
    path = put(tmp_path, drawing.tiff([drawing.letter(200)] * 20, 200))
    pool.look_head(path)
    waiting = pool.submit({"do": "look", "path": str(path), "head": None})
    time.sleep(0.3)
    (worker,) = workers_of(pool)
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(ReaderCrashed) as caught:
        waiting.result(timeout=60)
    assert caught.value.temporary
    assert caught.value.detail == "killed by SIGKILL"
    assert pool.look_head(path).pages
    assert workers_of(pool) != [worker]


def test_private_folders_are_empty_between_tasks_and_gone_afterwards(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with ReaderPool(scratch=scratch) as pool:
        pool.look(put(tmp_path, drawing.jpeg(drawing.letter())))
        assert {folder.stat().st_mode & 0o077 for folder in scratch.iterdir()} == {0}
        assert [path for path in scratch.rglob("*") if not path.is_dir()] == []
    assert list(scratch.iterdir()) == []


def test_the_digit_recogniser_does_not_report_to_its_maker(tmp_path: Path) -> None:
    script = "from ocr.digits import WEIGHTS, DigitReader; WEIGHTS.is_file() and DigitReader.load(); import onnxruntime"
    root = str(Path(__file__).parents[2])
    plain = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    subprocess.run([sys.executable, "-c", script], check=True,
                   env={**plain, "PYTHONPATH": root, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []  # its telemetry begins with a session file


def test_a_file_that_takes_too_long_is_stopped_with_everything_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, drawing.tiff([drawing.letter(200)] * 30, 200))
    monkeypatch.setattr("ocr.pool._GRACE_S", -1.2)  # the parent's patience ends before the child's own
    with ReaderPool(Options(time_limit_s=2.0), scratch=tmp_path) as pool:
        started = time.monotonic()
        with pytest.raises(TimedOut):
            pool.look(path)
        assert time.monotonic() - started < 40
        assert workers_of(pool) == []


def test_too_little_memory_is_an_error_and_not_the_end(tmp_path: Path) -> None:
    path = put(tmp_path, drawing.tiff([Image.new("L", (8000, 9900), 255)], 600))
    good = put(tmp_path, drawing.jpeg(drawing.letter()), "good.jpg")
    with ReaderPool(Options(memory_limit_mb=900), scratch=tmp_path) as pool:
        with pytest.raises(OcrError):
            pool.look(path)
        assert pool.look(good).pages


def test_workers_die_with_their_parent_and_the_next_pool_sweeps_up(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from ocr.child import ReaderPool\n"
        "pool = ReaderPool(scratch=Path(sys.argv[1])); pool.look_head(Path(sys.argv[2])); print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    path = put(tmp_path, drawing.jpeg(drawing.letter()))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    root = str(Path(__file__).parents[2])
    with subprocess.Popen([sys.executable, "-c", script, str(scratch), str(path)], stdout=subprocess.PIPE,
                          env={**os.environ, "PYTHONPATH": root}) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        (worker,) = children_of(parent.pid)
        parent.kill()
    assert is_gone(worker)
    assert len(list(scratch.iterdir())) == 2
    ReaderPool(scratch=scratch).close()
    assert list(scratch.iterdir()) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_ever_for_a_reading_thread_that_died(tmp_path: Path) -> None:
    def broken(done: int, total: int) -> None:
        raise KeyError(done)

    path = put(tmp_path, drawing.tiff([drawing.letter(200)], 200))
    pool = ReaderPool(scratch=tmp_path)
    with pytest.raises(KeyError):
        pool.look(path, progress=broken)
    for thread in pool._threads:
        thread.join(10)
    with pytest.raises(ReaderCrashed):
        pool.look_head(path)
    pool.close()


def test_a_worker_without_work_is_let_go_and_woken_before_the_next(tmp_path: Path) -> None:
    path = put(tmp_path, drawing.jpeg(drawing.letter()))
    with ReaderPool(scratch=tmp_path, keep_s=0.2) as pool:
        assert pool.look_head(path).pages
        (first,) = workers_of(pool)
        assert is_gone(first)
        pool.wake()
        deadline = time.monotonic() + 20
        while not workers_of(pool) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert workers_of(pool), "there before its task"
        assert pool.look_head(path).pages
