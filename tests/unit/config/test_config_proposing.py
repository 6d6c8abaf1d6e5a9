"""`init` looks at logs and proposes a configuration that loads, whatever the logs hold."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exporter.config.loading import load
from exporter.config.proposing import propose
from exporter.config.settings import Settings
from exporter.config.zonehints import candidates
from tests.reference.wtmp_records import boot, login, packed

LOG = """\
 8:42:20 (lmgrd) Server's System Date and Time: Thu May 05 2022 08:42:20 Hora de verano romance
 8:42:23 (lmgrd) FlexNet Licensing (v11.18.0.0 build 275847 x64_n6) started on lic-host1 (IBM PC) (5/5/2022)
 8:42:25 (acornd) Server started on lic-host1 for:\tacorn_base
 8:43:00 (acornd) OUT: "acorn_base" fern@ws-01
 8:43:01 (acornd) IN: "acorn mesh: #1" fern@ws-01  (2 licenses)
 8:43:02 (brookd) OUT: brook_cfd m.alder@ws-02 [cfd:batch] (8 licenses)
 8:43:03 (brookd) DENIED: "brook_post" m.alder@ws-02  (Licensed number of users already reached. (-4,342))
"""


FORMATS = {"flexlm", "startstop", "lmod", "metpx", "wtmp"}


def proposed(folder: Path, *paths: str | Path) -> tuple[Settings, Settings, list[str]]:
    """Return the proposed settings as they stand and with the capacity rows uncommented, and the problems."""
    text, problems = propose([str(path) for path in paths])
    config = folder / "proposed" / "config.yaml"
    config.parent.mkdir(exist_ok=True)
    config.write_text(text)
    plain = load(config, FORMATS)
    config.write_text(text.replace("# capacity:", "capacity:").replace("\n#   - ", "\n  - "))
    return plain, load(config, FORMATS), problems


def test_a_log_becomes_a_source_with_its_server_zone_and_features(tmp_path: Path) -> None:
    """Server, zone candidates, vendors and features come from the log; the rotated files from a pattern."""
    (tmp_path / "lic1.log").write_text(LOG)

    plain, full, problems = proposed(tmp_path, tmp_path / "lic1.log")

    assert problems == []
    [source] = plain.sources
    assert (source.name, source.format, source.server) == ("lic1", ("flexlm",), "lic-host1")
    assert source.timezone == "Europe/Paris"
    assert source.paths == (f"{tmp_path}/lic1.log*",)
    assert plain.capacity == ()
    assert [(row.server, row.vendor, row.feature) for row in full.capacity] == [
        ("lic-host1", "acornd", "acorn mesh: #1"),
        ("lic-host1", "acornd", "acorn_base"),
        ("lic-host1", "brookd", "brook_cfd"),
    ]
    assert "time zone Hora de verano romance. CHECK: Europe/Paris or Europe/Madrid" in propose([str(tmp_path)]).text


def test_a_log_that_says_little_still_makes_a_source(tmp_path: Path) -> None:
    """Without a banner the server is the file's name, and the zone UTC with the request to check it."""
    (tmp_path / "debug.log").write_text(' 8:43:00 (acornd) OUT: "acorn_base" fern@ws-01  \n' * 9)

    plain, _, _ = proposed(tmp_path, tmp_path / "debug.log")

    assert (plain.sources[0].server, plain.sources[0].timezone) == ("debug", "UTC")
    assert "does not say its time zone. CHECK" in propose([str(tmp_path / "debug.log")]).text


@pytest.mark.parametrize(
    ("lines", "formats", "tags"),
    [
        (["LIC_ACC: mesh START 20241120-0747 fir PID: 599"], ("startstop",), ("LIC_ACC",)),
        (["acct[7]: mesh STOP 20241120-0747 fir PID: 599"], ("startstop",), ("acct",)),
        (["acct[7] mesh STOP 20241120-0747 fir PID: 599"], ("startstop",), ("acct",)),
        (
            ["acct: a START 20241120-0747 u PID: 1", "a\u2003b: a START 20241120-0747 u PID: 1"],
            ("startstop",),
            ("acct",),
        ),
        (["ModuleUsageTracking: user=fir module=gcc/12 path=/m host=n1.larch time=1.0"], ("lmod",), ("LIC_ACC",)),
        (
            ["ModuleUsageTracking: user=fir module=gcc/12 path=/m", "a: x END 20241120-0747 u PID: 1"],
            ("lmod", "startstop"),
            ("a",),
        ),
    ],
)
def test_a_file_of_syslog_is_known_by_a_line_in_it(
    tmp_path: Path, lines: list[str], formats: tuple[str, ...], tags: tuple[str, ...]
) -> None:
    """Accounting and module loads are seen among lines of others, and their tags are written down."""
    noise = ["Nov 20 07:47:41 ws-1 cron[1]: tidy"] * 50
    (tmp_path / "hosts.log").write_text("\n".join([*noise, *(f"Nov 20 07:47:40 ws-1 {line}" for line in lines), ""]))

    plain, _, problems = proposed(tmp_path, tmp_path / "hosts.log")

    assert [] == problems
    [source] = plain.sources
    assert (("hosts", formats, tags)) == (source.server, source.format, source.startstop.tags)


def test_a_wtmp_is_known_by_its_records(tmp_path: Path) -> None:
    """It is a source of its host, which its folder tells, with its older files; failed logins are none."""
    folder = tmp_path / "alder"
    folder.mkdir()
    for name in ("wtmp", "wtmp.1", "btmp"):
        (folder / name).write_bytes(packed([boot(1_700_000_000), login(1_700_000_060, "tty1", "fern", pid=7)]))

    plain, _, problems = proposed(tmp_path, folder / "wtmp", folder / "btmp")

    assert [("wtmp", ("wtmp",), "alder", (f"{folder}/wtmp*",))] == [
        (source.name, source.format, source.server, source.paths) for source in plain.sources
    ]
    assert [f"{folder}/btmp holds failed logins, of which no session comes; name the wtmp beside it"] == problems


@pytest.mark.parametrize("name", ["tx_radar.log", "rx_a_b.log.2013-06-06", "trx_x.log"])
def test_logs_of_transfers_are_known_by_name_and_lines(tmp_path: Path, name: str) -> None:
    """A log of MetPX is a source of its machine, which its folder tells; lines like these elsewhere are none."""
    folder = tmp_path / "px1"
    folder.mkdir()
    line = "2013-06-06 14:47:11,368 [INFO] (86 Bytes) Message radar.gif:URP:XSS:RADAR:GIF::20130606144709  delivered\n"
    for each in (name, "other.log"):
        (folder / each).write_text(line * 9)

    plain, _, problems = proposed(tmp_path, folder / name, folder / "other.log")

    assert [(("metpx",), "px1")] == [(source.format, source.server) for source in plain.sources]
    assert [f"{folder}/other.log"] == [problem.split(" ")[0] for problem in problems]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_generations_belong_to_their_log(tmp_path: Path, pack: object) -> None:
    """Packed files are looked into, and the files of one stream become one source whatever of them was named."""
    (tmp_path / "lic1.log").write_text(' 8:43:00 (acornd) OUT: "acorn_base" fern@ws-01  \n' * 9)
    assert callable(pack)
    (tmp_path / "lic1.log.1.gz").write_bytes(pack(LOG.encode()))

    plain, full, _ = proposed(tmp_path, tmp_path / "lic1.log.1.gz", tmp_path / "lic1.log")

    assert [(source.server, source.paths) for source in plain.sources] == [("lic-host1", (f"{tmp_path}/lic1.log*",))]
    assert len(full.capacity) == 3


def test_a_folder_gives_its_logs_and_leaves_the_rest(tmp_path: Path) -> None:
    """Each stream of a folder is a source, in a pattern of its own, and other files are passed over."""
    logs = tmp_path / "logs"
    logs.mkdir()
    for name in ("a.log", "a.log2", "b-20240101.log", "b.log"):
        (logs / name).write_text(LOG)
    (logs / "readme.txt").write_text("nothing of a log\n" * 20)

    plain, _, problems = proposed(tmp_path, logs)

    assert problems == []
    assert [(source.name, source.paths) for source in plain.sources] == [
        ("a", (f"{logs}/a.log", f"{logs}/a.log[.-]*")),
        ("a-2", (f"{logs}/a.log2*",)),
        ("b", (f"{logs}/b.log*", f"{logs}/b[.-][0-9]*.log*")),
    ]


def test_what_is_no_log_is_told(tmp_path: Path) -> None:
    """Whatever is none gets a sentence, and a comment beside a log: text, nothing, UTF-16, an empty folder, no path."""
    (tmp_path / "text").write_text("Dear reader,\n" * 20)
    (tmp_path / "empty").touch()
    (tmp_path / "wide").write_bytes(LOG.encode("utf-16"))
    (tmp_path / "folder").mkdir()
    given = [str(tmp_path / name) for name in ("text", "empty", "wide", "folder", "missing", "none*")]

    nothing, problems = propose(given)
    (tmp_path / "lic.log").write_text(LOG)
    text, _ = propose([*given, str(tmp_path / "lic.log")])

    assert nothing == ""
    assert sorted(Path(problem.split(" ")[0]).name for problem in problems) == sorted(Path(path).name for path in given)
    assert all(f"# Left out: {problem}\n" in text for problem in problems)


def test_a_glob_is_looked_at_as_one(tmp_path: Path) -> None:
    """A pattern in quotes stands for the files it matches."""
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text(LOG)
    assert [source.name for source in proposed(tmp_path, f"{tmp_path}/*.log")[0].sources] == ["a", "b"]


@pytest.mark.parametrize(
    "name", ["{host}", "[a]*?", "a: #b", "- 'x\"", "line\nbreak\u2028.log", "\udcff\udcfe.log", "no", "1e3"]
)
def test_any_file_name_is_written_so_that_it_loads(tmp_path: Path, name: str) -> None:
    """Names with YAML's and the patterns' own characters, and bytes that are no text, come back as the one file."""
    (tmp_path / name).write_text(LOG)
    (tmp_path / "other").write_text("nothing\n")

    plain, _, _ = proposed(tmp_path, tmp_path / name)

    from exporter.config.patterns import expand  # noqa: PLC0415 -- only here

    lines = propose([str(tmp_path / name)]).text.split("\n")
    assert len([line for line in lines if line.startswith("    paths: [") and line.endswith("]")]) == 1
    assert [tmp_path / name] == [file for pattern in plain.sources[0].paths for file in expand(pattern).files]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(host=st.binary(max_size=12), feature=st.binary(max_size=12), zone=st.binary(max_size=12))
@example(host=b"[lic]*?", feature=b"f", zone=b"UTC")
def test_any_bytes_in_a_log_are_written_so_that_they_load(
    tmp_path: Path, host: bytes, feature: bytes, zone: bytes
) -> None:
    """Whatever stands in the log as host, feature or zone, the proposal loads with one source."""
    lines = b' 1:00:00 (d) OUT: "f" u@h\n' * 9
    lines += b" 1:00:00 (lmgrd) Server started on " + host + b" for: x\n"
    lines += b' 1:00:00 (d) OUT: "' + feature + b'" u@h\n'
    lines += b" 1:00:00 (lmgrd) Start-Date: Thu May 05 2022 08:42:20 " + zone + b"\n"
    (tmp_path / "any.log").write_bytes(lines)

    plain, full, _ = proposed(tmp_path, tmp_path / "any.log")

    assert len(plain.sources) == 1
    assert len(full.capacity) >= 1


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("EST", "America/New_York"),
        ("CEST", "Europe/Berlin"),
        ("Romance Daylight Time", "Europe/Paris"),
        ("Hora de verano romance", "Europe/Paris"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Mitteleuropäische Sommerzeit", "Europe/Berlin"),
        ("-05", "Etc/GMT+5"),
        ("Mars Standard Time", None),
        ("", None),
    ],
)
def test_zone_texts_have_their_candidates(text: str, first: str | None) -> None:
    """Abbreviations, Windows names in several languages and offsets lead to zones; unknown texts to none."""
    assert next(iter(candidates(text)), None) == first


def test_every_candidate_is_a_time_zone() -> None:
    """Whatever the table of zone texts says can be written into a configuration."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 -- only here

    from exporter.config import zonehints  # noqa: PLC0415 -- only here

    for zones in zonehints._BY_TEXT.values():
        assert [ZoneInfo(zone).key for zone in zones.split()] == zones.split()


def test_the_real_logs_are_known(shared: Path, tmp_path: Path) -> None:
    """Logs that real servers wrote give their servers, vendors and zones."""
    plain, full, problems = proposed(tmp_path, shared / "samples" / "flexlm")

    assert problems == []
    assert ["America/New_York"] + ["Europe/Paris"] * 3 == [source.timezone for source in plain.sources]
    assert {"ansyslmd", "adskflex", "maplelmg"} == {row.vendor for row in full.capacity}
    assert all(Path(path).is_absolute() for source in plain.sources for path in source.paths)
