"""`check-config` names what this user may not do, where, and says of each source what it found."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.config.checking import Finding, check
from exporter.config.loading import load

NOBODY = 65_534
CHECK = """
import json, os, sys
from exporter.config.checking import check
from exporter.config.loading import load
settings = load(sys.argv[1], {"flexlm"})
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
print(json.dumps(check(settings)))
"""


def checked(folder: Path, paths: str, more: str = "prometheus: {listen: null}\n") -> list[Finding]:
    """Return the findings for one source with *paths*, without those of the ledger."""
    return [
        finding for finding in check(load(_config(folder, paths, more), {"flexlm"})) if finding.path != "ledger.path"
    ]


def checked_as_nobody(folder: Path, paths: str, root: Path) -> list[Finding]:
    """Return the findings of a process that runs as a user without rights here."""
    config = _config(folder, paths, "prometheus: {listen: null}\n")
    for above in (folder, *folder.parents):
        if above.stat().st_uid == os.geteuid() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o011)
    command = [sys.executable, "-c", CHECK, str(config), str(NOBODY)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(root)})
    return [Finding(*finding) for finding in json.loads(done.stdout)]


def _config(folder: Path, paths: str, more: str) -> Path:
    config = folder / "config.yaml"
    config.write_text(
        "site: {name: example, timezone: UTC}\nledger: {path: var/ledger.db}\nsources:\n"
        f"  - {{name: one, format: flexlm, server: lic1, paths: [{paths}]}}\n{more}"
    )
    return config


def test_a_source_that_is_well_says_what_it_has(tmp_path: Path) -> None:
    """Streams, files and bytes are counted, each file once though two patterns match it, and no hidden file."""
    for name, size in ((".a.log.swp", 1), ("a.log", 1000), ("a.log.1", 500), ("b.log-20240101.gz", 20)):
        (tmp_path / name).write_bytes(b"x" * size)

    assert checked(tmp_path, '"*.log*", "a.log"') == [
        Finding("ok", "sources[0]", "one: 2 streams in 3 files, 1,520 bytes, all readable")
    ]


def test_a_pattern_without_files_is_an_error(tmp_path: Path) -> None:
    """No match is told with the pattern, and with the folder when that does not exist."""
    assert checked(tmp_path, '"logs/*.log"') == [
        Finding(
            "error",
            "sources[0].paths[0]",
            f"no file matches {tmp_path}/logs/*.log; the folder {tmp_path}/logs does not exist",
        )
    ]


def test_one_empty_pattern_of_several_is_a_warning(tmp_path: Path) -> None:
    """A pattern that matches nothing yet, beside one that does, leaves the source well."""
    (tmp_path / "a.log").touch()

    assert [(finding.level, finding.path) for finding in checked(tmp_path, "a.log, b.log")] == [
        ("warning", "sources[0].paths[1]"),
        ("ok", "sources[0]"),
    ]


def test_a_folder_or_a_pipe_is_no_log(tmp_path: Path) -> None:
    """A folder and a named pipe are told as what they are, and the pipe is not opened."""
    (tmp_path / "a.log").mkdir()
    os.mkfifo(tmp_path / "b.log")

    assert [finding.sentence for finding in checked(tmp_path, '"*.log"')] == [
        f"{tmp_path}/a.log is a folder; name the files in it, such as {tmp_path}/a.log/*.log",
        f"{tmp_path}/b.log is no regular file (a pipe, a socket or a device)",
    ]


def test_a_file_name_of_any_bytes_is_told_printably(tmp_path: Path) -> None:
    """A name that is not UTF-8 and holds a line break stays on one line that can be printed."""
    os.mkdir(os.fsencode(tmp_path) + b"/\xff\n.log")  # noqa: PTH102 -- bytes

    [finding] = checked(tmp_path, '"*.log"')

    assert "\\xff\ufffd.log is a folder" in finding.sentence


@pytest.mark.parametrize(
    ("shut", "pattern", "lacking"),
    [
        (("logs/a.log", 0o200), "logs/a.log", "may not read {0} (r is missing: --w-------"),
        (("logs/a.log", 0o200), "logs/*.log", "may not read {0} (r is missing: --w-------"),
        (("logs", 0o444), "logs/a.log", "may not search the folder {0} (x is missing: dr--r--r--"),
        (("logs", 0o444), "logs/*.log", "may not search the folder {0} (x is missing: dr--r--r--"),
        (("logs", 0o311), "logs/*.log", "may not list the folder {0} (r is missing: d-wx--x--x"),
    ],
)
def test_the_missing_permission_is_named(
    tmp_path: Path, root: Path, shut: tuple[str, int], pattern: str, lacking: str
) -> None:
    """Which of file r, folder x and folder r is missing is told, with the path that lacks it and its mode."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").touch()
    lacks = tmp_path / shut[0]
    lacks.chmod(shut[1])

    findings = checked_as_nobody(tmp_path, f'"{pattern}"', root)
    lacks.chmod(0o755)

    assert [finding.path for finding in findings if finding.level == "error"][:1] == ["sources[0].paths[0]"]
    assert lacking.format(lacks) in findings[0].sentence
    assert not [finding for finding in findings if finding.path == "sources[0]"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave its own folder to another user")
def test_a_ledger_folder_without_write_permission_is_an_error(tmp_path: Path, root: Path) -> None:
    """A folder where this user may not write is told before the ledger fails there."""
    (tmp_path / "a.log").touch()

    findings = checked_as_nobody(tmp_path, "a.log", root)

    assert [finding.level for finding in findings if finding.path == "ledger.path"] == ["error"]
    assert f"may not write in the folder {tmp_path} " in findings[-1].sentence


def test_the_ledger_may_lie_in_a_folder_that_is_still_to_be_made(tmp_path: Path) -> None:
    """A folder that does not exist is well where it can be made; a file in its place is not."""
    (tmp_path / "a.log").touch()
    settings = load(_config(tmp_path, "a.log", ""), {"flexlm"})

    before = [finding for finding in check(settings) if finding.path == "ledger.path"]
    (tmp_path / "var").touch()
    after = [finding for finding in check(settings) if finding.path == "ledger.path"]

    assert before == [Finding("ok", "ledger.path", f"{tmp_path}/var/ledger.db can be made")]
    assert after == [Finding("error", "ledger.path", f"{tmp_path}/var is no folder, so the ledger can't lie in it")]


def test_an_address_in_use_is_a_warning(tmp_path: Path) -> None:
    """Another program at the address may well be a running Seatwatch, so it is no error."""
    (tmp_path / "a.log").touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        used = checked(tmp_path, "a.log", f'prometheus: {{listen: "127.0.0.1:{port}"}}\n')
    free = checked(tmp_path, "a.log", 'prometheus: {listen: "127.0.0.1:0"}\n')
    foreign = checked(tmp_path, "a.log", 'prometheus: {listen: "192.0.2.1:80"}\n')

    assert [found[-1].level for found in (used, free, foreign)] == ["warning", "ok", "error"]


@pytest.mark.parametrize(
    ("content", "mode", "level"),
    [("s3cret\n", 0o600, "ok"), ("s3cret\n", 0o644, "warning"), (" \n", 0o600, "error"), (None, 0, "error")],
)
def test_a_token_file_is_tried_and_never_named(tmp_path: Path, content: str | None, mode: int, level: str) -> None:
    """A secret's file must be there, hold something, and be closed to others; a token put in its place isn't shown."""
    (tmp_path / "a.log").touch()
    if content is not None:
        (tmp_path / "t0ken").write_text(content)
        (tmp_path / "t0ken").chmod(mode)
    more = "prometheus: {listen: null}\ninfluxdb: [{name: main, url: 'http://h:1', token_file: t0ken}]\n"

    finding = checked(tmp_path, "a.log", more)[-1]

    assert (finding.level, finding.path) == (level, "influxdb[0].token_file")
    assert "t0ken" not in finding.sentence
    assert "s3cret" not in finding.sentence


def test_tables_and_certificates_are_tried(tmp_path: Path) -> None:
    """Every other file that the configuration names is opened too."""
    (tmp_path / "a.log").touch()
    (tmp_path / "people.csv").write_text("user,group\n")
    more = (
        "prometheus: {listen: null}\npeople: {tables: people.csv}\n"
        "influxdb: [{name: main, url: 'https://h:1', ca_file: ca.pem}]\n"
    )

    assert [(finding.level, finding.path) for finding in checked(tmp_path, "a.log", more)[1:]] == [
        ("ok", "people.tables[0]"),
        ("error", "influxdb[0].ca_file"),
    ]


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("products: [{name: P, members: [{server: lic1, vendor: v, feature: f}], price: 1}]", "products[0].price"),
        ("calendar: {prime_time: 09:00-17:00}", "calendar"),
    ],
)
def test_a_key_without_effect_is_named(tmp_path: Path, more: str, key: str) -> None:
    """What is accepted for a later version and does nothing now is not called well in silence."""
    (tmp_path / "a.log").touch()
    found = checked(tmp_path, "a.log", f"prometheus: {{listen: null}}\n{more}\n")

    assert [("warning", key, "is accepted and has no effect in this version")] == [
        tuple(finding) for finding in found if finding.level == "warning"
    ]


def test_what_shapes_windows_has_an_effect(tmp_path: Path) -> None:
    """Capacity, products and their seats, tiers and the denial rule are taken without a word."""
    (tmp_path / "a.log").touch()
    more = """\
prometheus: {listen: null}
products: [{name: P, members: [{server: lic1, vendor: v, feature: f, components: [g]}]}]
capacity: [{server: lic1, vendor: v, feature: f, seats: 1, from: 2024-01-01}, {product: P, seats: 2, from: 2024-01-01}]
tiers: {live: {keep: 1w}}
denials: {retry_window: 5m}
"""
    assert ["ok"] == [finding.level for finding in checked(tmp_path, "a.log", more)]
