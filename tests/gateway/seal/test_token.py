"""The office's key in a token: the PIN is tried once, the seal is whole."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.document import VN
from gateway.errors import KeyUnavailable
from gateway.seal.keys import open_key
from gateway.seal.pins import RefusedPins, pin_asked, pin_in
from gateway.seal.pkcs11 import Pkcs11Signer
from gateway.seal.plan import SealPlan
from gateway.seal.port import Signer
from gateway.seal.practice import Practice
from gateway.seal.trust import Trust
from gateway.seal.verify import verify
from tests.gateway.seal.papers import BODY, sealed
from tests.gateway.seal.pki import Pki
from tests.gateway.seal.token import LIBRARY, PIN, Tokens, change_pin, settings
from tests.verapdf import Judge


@pytest.mark.parametrize(("key", "pss", "algorithm"), [
    ("coquan", False, "rsassa_pkcs1v15"),
    ("coquan", True, "rsassa_pss"),
    ("duongcong", False, "ecdsa"),
])  # fmt: skip
def test_a_token_seals(  # noqa: PLR0917
    tokens: Tokens, trust: Trust, tmp_path: Path, verapdf: Judge, key: str, pss: bool, algorithm: str
) -> None:
    signer = Pkcs11Signer(
        settings("office", key, pss=pss), pin_in(tokens.pin_file("right")), Practice(trust=lambda: trust)
    )
    signer.check(dt.datetime.now(VN))

    path = sealed(tmp_path, signer)

    signer.close()
    (one,) = verify(path, trust).signatures
    assert (one.signer, one.bottom_line, one.coverage) == (BODY, True, "ENTIRE_FILE")
    assert one.odd == (), "the certificate of the other key in the token stays there"
    assert mechanism(path) == algorithm
    assert verapdf(path, "2b") == []


def mechanism(path: Path) -> str:
    from pyhanko.pdf_utils.reader import PdfFileReader

    with path.open("rb") as data:
        (one,) = PdfFileReader(data).embedded_signatures
        return str(one.signer_info["signature_algorithm"].signature_algo)


def test_the_settings_open_the_token(tokens: Tokens, trust_folder: Path, tmp_path: Path) -> None:
    plan = SealPlan(kind="pkcs11", module=LIBRARY, token="office", key="coquan", pin_file=tokens.pin_file("right"),
                    trust=trust_folder)  # fmt: skip
    signer = open_key(plan)

    assert isinstance(signer, Pkcs11Signer)
    assert not signer.rehearsal
    assert verify(sealed(tmp_path, signer), Trust()).whole
    signer.close()


def test_a_token_without_certificate_takes_it_from_a_file(
    tokens: Tokens, pki: Pki, trust: Trust, tmp_path: Path
) -> None:
    file = tmp_path / "certificate.cer"
    file.write_bytes(pki.certificate("good"))
    pin = tokens.pin_file("right")

    with pytest.raises(KeyUnavailable, match="chứng thư tên coquan"):
        Pkcs11Signer(settings("bare", "coquan"), pin_in(pin)).subject()
    signer = Pkcs11Signer(settings("bare", "coquan", certificates=file), pin_in(pin), Practice(trust=lambda: trust))
    assert verify(sealed(tmp_path, signer), trust).whole
    signer.close()


def test_a_wrong_pin_is_never_tried_twice(tokens: Tokens, tmp_path: Path) -> None:
    wrong = "11112222"
    pin = tokens.pin_file("wrong", wrong)
    signer = Pkcs11Signer(settings("office", "coquan"), pin_in(pin))
    with pytest.raises(KeyUnavailable, match="Mã PIN không đúng"):
        sealed(tmp_path, signer)

    # Were it tried again, it would now open the token.
    change_pin("office", PIN, wrong)
    try:
        with pytest.raises(KeyUnavailable, match="Mã PIN không đúng"):
            sealed(tmp_path, signer)
        with pytest.raises(KeyUnavailable, match="Mã PIN không đúng"):
            sealed(tmp_path, Pkcs11Signer(settings("office", "coquan"), pin_in(pin)))  # as after a restart
    finally:
        change_pin("office", wrong, PIN)
    tokens.pin_file("wrong", PIN)
    assert verify(sealed(tmp_path, signer), Trust()).whole
    signer.close()
    kept = pin.with_name("wrong.refused")
    assert wrong not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_a_typed_pin_is_good_for_one_act_and_kept_nowhere(tokens: Tokens, tmp_path: Path) -> None:
    plan = SealPlan(kind="pkcs11", module=LIBRARY, token="office", key="coquan", ask_pin=True,
                    pin_file=tmp_path / "pin.txt")  # fmt: skip
    signer = key_of(plan)
    assert signer.asks_pin
    with signer.opened(PIN) as mine:
        assert verify(sealed(tmp_path, mine), Trust()).whole

    for pin, said in (("", "Chưa nhập mã PIN"), ("00001111", "Mã PIN không đúng"), ("00001111", "Mã PIN không đúng")):
        with pytest.raises(KeyUnavailable, match=said), signer.opened(pin) as mine:
            sealed(tmp_path, mine)
    with pytest.raises(KeyUnavailable, match="Chưa nhập"):
        sealed(tmp_path, signer)
    assert [path.name for path in tmp_path.glob("pin*")] == ["pin.txt.refused"]


def test_a_pin_that_nobody_could_check_is_not_believed(tokens: Tokens, tmp_path: Path) -> None:
    """While the process is logged in, a token opens for any PIN."""
    other = Pkcs11Signer(settings("office", "coquan"), pin_in(tokens.pin_file("right")))
    sealed(tmp_path, other)
    asking = Pkcs11Signer(settings("office", "coquan"), pin_asked(tmp_path / "pin.txt"))

    with pytest.raises(KeyUnavailable, match="Người khác đang ký"), asking.opened("00002222") as mine:
        sealed(tmp_path, mine)
    other.close()


def test_what_was_refused_is_known_after_a_restart(tmp_path: Path) -> None:
    RefusedPins(tmp_path / "refused").add("1234")

    assert "1234" in RefusedPins(tmp_path / "refused")
    assert "4321" not in RefusedPins(tmp_path / "refused")


def test_seals_at_the_same_time_take_turns(tokens: Tokens, tmp_path: Path) -> None:
    signer = Pkcs11Signer(settings("office", "coquan"), pin_in(tokens.pin_file("right")))
    folders = [tmp_path / str(number) for number in range(8)]
    for folder in folders:
        folder.mkdir()

    with ThreadPoolExecutor(4) as threads:
        paths = list(threads.map(lambda folder: sealed(folder, signer), folders))

    assert all(verify(path, Trust()).whole for path in paths)
    signer.close()


def test_a_session_that_the_token_dropped_is_opened_again(tokens: Tokens, tmp_path: Path) -> None:
    signer = Pkcs11Signer(settings("office", "coquan"), pin_in(tokens.pin_file("right")))
    sealed(tmp_path, signer)
    other = Pkcs11Signer(settings("office", "coquan"), pin_in(tokens.pin_file("right")))
    (tmp_path / "other").mkdir()
    sealed(tmp_path / "other", other)

    signer.close()  # logs out everybody in this process

    assert verify(sealed(tmp_path / "other", other), Trust()).whole
    other.close()


def key_of(plan: SealPlan) -> Signer:
    signer = open_key(plan)
    assert signer is not None
    return signer


@pytest.mark.parametrize(("label", "key", "library", "said"), [
    ("no such token", "coquan", LIBRARY, "Không thấy thiết bị ký"),
    ("office", "no such key", LIBRARY, "chứng thư tên no such key"),
    ("office", "coquan", Path("/nowhere/lib.so"), "Hãy cài trình điều khiển"),
])  # fmt: skip
def test_what_is_missing_is_said(tokens: Tokens, label: str, key: str, library: Path, said: str) -> None:
    plan = SealPlan(kind="pkcs11", module=library, token=label, key=key, pin_file=tokens.pin_file("right"))

    with pytest.raises(KeyUnavailable, match=said) as error:
        key_of(plan).check(dt.datetime.now(VN))
    assert str(error.value).endswith(".")


def test_a_missing_pin_file_is_said(tokens: Tokens, tmp_path: Path) -> None:
    signer = Pkcs11Signer(settings("office", "coquan"), pin_in(tmp_path / "nowhere.txt"))

    with pytest.raises(KeyUnavailable, match=r"tệp mã PIN nowhere\.txt"):
        sealed(tmp_path, signer)


def test_the_benchmark_tells_seals_per_minute_and_where_the_time_goes() -> None:
    command = [sys.executable, "-m", "bench.seal", "--seals", "2"]
    told = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True)

    assert told.returncode == 0, told.stderr
    assert "a minute" in told.stdout
    assert [line.split()[0] for line in told.stdout.splitlines()[1:]] == ["PDF/A", "mark", "CMS", "check", "disk"]
