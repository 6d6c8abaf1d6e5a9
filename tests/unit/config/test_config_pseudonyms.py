"""The key of pseudonyms: made once for its owner alone, or one of the site's own."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from exporter.config.loading import load
from exporter.config.pseudonyms import pseudonym_key
from exporter.config.settings import Settings
from exporter.errors import ConfigError

CONFIG = """\
site: {{name: s, timezone: UTC}}
ledger: {{path: l.db}}
sources: [{{name: a, format: flexlm, server: s, paths: [a.log]}}]
people: {{pseudonyms: {wanted}{more}}}
"""


def settings(folder: Path, wanted: str = "true", more: str = "") -> Settings:
    """Return the settings of a site."""
    (folder / "config.yaml").write_text(CONFIG.format(wanted=wanted, more=more))
    return load(folder / "config.yaml", {"flexlm"})


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """It lies beside the ledger, its owner alone may read it, and it stays; without pseudonyms there is none."""
    assert b"" == pseudonym_key(settings(tmp_path, "false"), bytes)
    assert [tmp_path / "config.yaml"] == list(tmp_path.iterdir())
    key = pseudonym_key(settings(tmp_path), bytes)

    made = tmp_path / "l.db-pseudonyms.key"
    assert (64, 0o600) == (len(key), stat.S_IMODE(made.stat().st_mode))
    assert key == pseudonym_key(settings(tmp_path), bytes)
    assert {made, tmp_path / "config.yaml"} == set(tmp_path.iterdir())
    made.unlink()
    assert key != pseudonym_key(settings(tmp_path), bytes)


def test_a_lost_key_is_written_again(tmp_path: Path) -> None:
    """What the ledger holds becomes the file, an emptied one too, and is not looked at where a key is there."""
    assert b"a key of the ledger" == pseudonym_key(settings(tmp_path), lambda: b"a key of the ledger")
    assert "a key of the ledger\n" == (tmp_path / "l.db-pseudonyms.key").read_text()
    assert b"a key of the ledger" == pseudonym_key(settings(tmp_path), lambda: b"another")
    (tmp_path / "l.db-pseudonyms.key").write_text("")
    assert b"another" == pseudonym_key(settings(tmp_path), lambda: b"another")


def test_a_key_of_the_site(tmp_path: Path) -> None:
    """The file that is named is read, and refused where it is too short or missing; nothing of it is told."""
    (tmp_path / "key").write_text("a key of our own\n")
    assert b"a key of our own" == pseudonym_key(settings(tmp_path, more=", key_file: key"), bytes)
    (tmp_path / "key").write_text("sh0rt\n")
    with pytest.raises(ConfigError, match="shorter than 16 letters") as caught:
        pseudonym_key(settings(tmp_path, more=", key_file: key"), bytes)
    assert "sh0rt" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"people\.key_file: the file it names can't be read"):
        pseudonym_key(settings(tmp_path, more=", key_file: none"), bytes)


def test_a_key_that_cannot_be_made(tmp_path: Path) -> None:
    """A sentence says where."""
    (tmp_path / "config.yaml").write_text(CONFIG.format(wanted="true", more="").replace("l.db", "none/l.db"))
    elsewhere = load(tmp_path / "config.yaml", {"flexlm"})
    with pytest.raises(ConfigError, match=r"no key can be made at .*/none/l\.db-pseudonyms\.key"):
        pseudonym_key(elsewhere, bytes)
