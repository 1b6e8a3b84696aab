"""The judge of PDF/A, a rehearsal key, and one sealed paper."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gateway.document import VN
from gateway.seal.rehearsal import RehearsalFiles, make_rehearsal_key
from gateway.seal.signers import Pkcs12Signer, open_signer
from tests.gateway.seal.papers import BODY, sealed
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
