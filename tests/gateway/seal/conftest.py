"""The judge of PDF/A, a rehearsal key, and one sealed paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.document import VN
from gateway.seal.rehearsal import RehearsalFiles, make_rehearsal_key
from gateway.seal.signers import Pkcs12Signer, open_signer
from gateway.seal.trust import Trust, load_trust
from tests.gateway.seal.papers import BODY, sealed
from tests.gateway.seal.pki import Pki, running
from tests.gateway.seal.token import Tokens, make_tokens
from tests.verapdf import Judge, broken_rules


@pytest.fixture(scope="session")
def verapdf() -> Judge:
    return broken_rules


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> RehearsalFiles:
    folder = tmp_path_factory.mktemp("keys")
    files = RehearsalFiles(folder / "key.p12", folder / "pass.txt", folder / "ca.pem")
    make_rehearsal_key(files, body=BODY, place="Bình Minh", now=dt.datetime.now(VN))
    return files


@pytest.fixture(scope="session")
def signer(files: RehearsalFiles) -> Pkcs12Signer:
    return open_signer(files.key, files.passphrase)


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory, signer: Pkcs12Signer) -> Path:
    return sealed(tmp_path_factory.mktemp("paper"), signer)


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with running(tmp_path_factory.mktemp("pki")) as found:
        yield found


@pytest.fixture(scope="session")
def trust_folder(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pki.trusted(tmp_path_factory.mktemp("trust") / "folder", lists=True)


@pytest.fixture(scope="session")
def trust(trust_folder: Path) -> Trust:
    return load_trust(trust_folder)


@pytest.fixture(scope="session")
def tokens(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    return make_tokens(tmp_path_factory.mktemp("tokens"), pki)
