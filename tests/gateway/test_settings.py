"""Settings: one file, environment over it, nothing misspelled gets through."""
from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import BadSettings
from gateway.settings import Settings


def written(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_the_defaults_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load(None, {})
    assert settings.data == tmp_path / "var"
    assert settings.folder.path == tmp_path / "var" / "drop"
    assert settings.url == f"sqlite:///{tmp_path}/var/vanthu.db"
    assert settings.embedded
    assert settings.endpoint == "http://127.0.0.1:9400"


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, 'data = "d"\n[web]\nport = 81\nhost = "::1"\n[folder]\nsettle_s = 3\n')
    settings = Settings.load(path, {"VANTHU_WEB_PORT": "82", "VANTHU_SANDBOX_ENABLED": "false"})
    assert (settings.web.port, settings.web.host, settings.folder.settle_s) == (82, "::1", 3.0)
    assert not settings.sandbox.enabled
    assert settings.data == tmp_path / "d"


def test_the_file_can_be_named_by_the_environment(tmp_path: Path) -> None:
    path = written(tmp_path, 'language = "en"\n')
    assert Settings.load(None, {"VANTHU_CONFIG": str(path)}).language == "en"


def test_absolute_paths_stay_and_relative_ones_lie_in_the_data_folder(tmp_path: Path) -> None:
    path = written(tmp_path, '[seal]\nfile = "/etc/key.p12"\npassphrase_file = "p.txt"\n')
    settings = Settings.load(path, {})
    assert settings.seal.file == Path("/etc/key.p12")
    assert settings.seal.passphrase_file == tmp_path / "var" / "p.txt"


@pytest.mark.parametrize(("text", "said"), [
    ("[web]\nprot = 1\n", "web.prot không có. Có phải port?"),
    ("[wep]\nport = 1\n", "wep không có. Có phải web?"),
    ('[exchange]\nsecret = "x"\n', "Có phải secret_file?"),
    ('[web]\nport = "many"\n', "web.port phải là số nguyên."),
    ("[web]\nport = true\n", "web.port phải là số nguyên."),
    ("[web]\nport = 0\n", "web.port phải từ 1 đến 65535."),
    ("[folder]\nenabled = 1\n", "folder.enabled phải là true hoặc false."),
    ('web = "x"\n', "[web] phải là một bảng."),
    ('language = "fr"\n', 'language = "fr" không có. Hãy chọn một trong: vi, en.'),
    ('[exchange]\nkind = "smtp"\n', "Hãy chọn một trong: vxp, langson, folder."),
    ('[smtp]\nnetworks = "10.0.0.0/8"\n', 'smtp.networks phải là danh sách chữ, ví dụ ["a", "b"].'),
    ("[smtp]\nnetworks = [1]\n", "smtp.networks phải là danh sách chữ"),
    ('[smtp]\nnetworks = ["10.0.0.1/8"]\n', "smtp.networks: 10.0.0.1/8 không phải mạng"),
    ("[smtp]\ntls_port = -1\n", "smtp.tls_port phải từ 0 đến 65535."),
    ('[imap]\nhost = "a"\n', "bắt đầu bằng [[imap]]."),
    ("[smtp]\nenabled = true\n", "Hãy khai báo mail_unit.addresses."),
    ("[[mail_unit]]\naddresses = ['xa.example']\n", "xa.example không phải địa chỉ thư"),
    ("imap = 1\n", "bắt đầu bằng [[imap]]."),
    ("[[imap]]\nhots = 'a'\n", "imap.hots không có. Có phải host?"),
    ("[[imap]]\nhost = 'a'\n", "cần imap.host và imap.login."),
    ("[[imap]]\nhost = 'a'\nlogin = 'b'\n", "b@a cần đúng một trong imap.password_file và imap.oauth_file."),
    ("[[imap]]\nhost = 'a'\nlogin = 'b'\nsecurity = 'ssl'\n", 'imap.security = "ssl" không có.'),
    ("[[imap]]\nhost = 'a'\nlogin = 'b'\npassword_file = 'c'\n" * 2, "cùng tên b@a."),
    ("[web\n", "Không đọc được tệp cấu hình"),
])
def test_what_is_wrong_is_said_with_the_way_out(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSettings) as caught:
        Settings.load(written(tmp_path, text), {})
    assert said in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


def test_a_misspelled_variable_is_refused_and_a_stranger_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="VANTHU_WEB_PORT"):
        Settings.load(written(tmp_path, ""), {"VANTHU_WEB_PROT": "1"})
    Settings.load(written(tmp_path, ""), {"VANTHU_SCREENSHOTS": "1"})


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="Không có tệp cấu hình"):
        Settings.load(tmp_path / "none.toml", {})


def test_mailboxes_are_a_list_of_tables(tmp_path: Path) -> None:
    one = '[[imap]]\nhost = "mail.example"\nlogin = "%s"\npassword_file = "p/%s.txt"\nfolders = ["INBOX", "Xã*"]\n'
    units = '[[mail_unit]]\naddresses = ["@xa.example"]\n[[mail_unit]]\nunit = "H99.5"\nsenders = ["*@x.example"]\n'
    settings = Settings.load(written(tmp_path, one % ("a", "a") + one % ("b", "b") + units), {})
    assert [(box.called, box.folders) for box in settings.imap] == [
        ("a@mail.example", ("INBOX", "Xã*")), ("b@mail.example", ("INBOX", "Xã*"))]
    assert [(unit.unit, unit.addresses, unit.senders) for unit in settings.mail_unit] == [
        ("", ("@xa.example",), ()), ("H99.5", (), ("*@x.example",))]
    assert settings.smtp.certificate_file == settings.data / "secrets" / "smtp-cert.pem"


def test_the_environment_does_not_reach_lists(tmp_path: Path) -> None:
    settings = Settings.load(written(tmp_path, ""), {"VANTHU_SMTP_LOGIN": "0", "VANTHU_IMAP_HOST": "x"})
    assert not settings.smtp.login
    assert settings.imap == ()
