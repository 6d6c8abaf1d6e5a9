"""Secrets are read from files and the environment, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.config.secrets import secret
from exporter.errors import ConfigError


def test_a_file(tmp_path: Path) -> None:
    """A file's text is the secret, without the newline that editors add."""
    path = tmp_path / "token"
    path.write_text("s3cret ß\n")

    assert "s3cret ß" == secret("influxdb[0].token", str(path), None)


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable's value is the secret, as it stands."""
    monkeypatch.setenv("SEATWATCH_TEST_TOKEN", " s3cret")

    assert " s3cret" == secret("influxdb[0].token", None, "SEATWATCH_TEST_TOKEN")


def test_neither() -> None:
    """Where neither is named, there is no secret."""
    assert None is secret("influxdb[0].token", None, None)


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfes3cret"])
def test_a_file_without_one(content: bytes, tmp_path: Path) -> None:
    """A file that is empty or no text is a fault of its key, and neither its name nor its content is told."""
    path = tmp_path / "s3cret"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^influxdb\[0\]\.token_file: the file it names ") as raised:
        secret("influxdb[0].token", str(path), None)

    assert "s3cret" not in str(raised.value)


def test_no_file(tmp_path: Path) -> None:
    """A file that can't be read is a fault of its key, with why."""
    with pytest.raises(ConfigError, match=r"^influxdb\[0\]\.password_file: .* No such file or directory$") as raised:
        secret("influxdb[0].password", str(tmp_path / "s3cret"), None)

    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("value", [None, ""])
def test_no_variable(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that isn't set, or empty, is a fault of its key; its name, which may be the secret, is not told."""
    monkeypatch.delenv("S3CRET", raising=False)
    if value is not None:
        monkeypatch.setenv("S3CRET", value)
    with pytest.raises(ConfigError, match=r"^influxdb\[1\]\.token_env: ") as raised:
        secret("influxdb[1].token", None, "S3CRET")

    assert "S3CRET" not in str(raised.value)
