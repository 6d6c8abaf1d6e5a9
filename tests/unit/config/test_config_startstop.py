"""The section that says how START/STOP lines are written: its defaults, and what is refused of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.config.checking import check
from exporter.config.loading import load
from exporter.config.settings import Settings
from exporter.errors import ConfigError
from exporter.formats.startstop import Wording

WELL = """\
site: {name: example, timezone: UTC}
ledger: {path: ledger.db}
sources:
  - name: hosts
    format: startstop
    server: hosts
    paths: ["acc.log"]
"""


def _loaded(folder: Path, section: str = "", text: str = WELL) -> Settings:
    """Return the settings with *section* as that of START/STOP."""
    path = folder / "config.yaml"
    path.write_text(text + (f"    startstop: {section}\n" if section else ""))
    return load(path, {"startstop", "flexlm"})


def _faults(folder: Path, section: str) -> list[str]:
    """Return the faults that *section* gives, without file and line."""
    with pytest.raises(ConfigError) as caught:
        _loaded(folder, section)
    return [str(fault).partition("sources[0].startstop")[2] for fault in caught.value.faults]


def test_without_a_section_the_lines_are_as_in_the_documentation(tmp_path: Path) -> None:
    """The defaults of the configuration and of the format are the same."""
    assert Wording() == Wording(**_loaded(tmp_path).sources[0].startstop.model_dump())


def test_one_word_stands_for_a_list(tmp_path: Path) -> None:
    """Words and tags may be given one or many."""
    section = _loaded(tmp_path, "{tags: acct, start: [begin, resume], stop: done, boot: []}").sources[0].startstop

    assert (("acct",), ("begin", "resume"), ("done",), ()) == (section.tags, section.start, section.stop, section.boot)


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ("{line: '{app} {word}'}", '.line: "{app} {word}" lacks {user}'),
        ("{line: '{app} {word} {user} {app}'}", '.line: "{app} {word} {user} {app}" has {app} twice'),
        (
            "{line: '{app} {word} {user} {cpu}'}",
            "has a field {cpu}; the fields are {app}, {word}, {date}, {user}, {pid}",
        ),
        ("{line: '{app}{word} {user}'}", "has two fields with nothing between them"),
        ("{line: '{app} {word} {user} }'}", "has a brace that stands alone"),
        ("{date: YYYYMMDD-HHMM}", '.date: "YYYYMMDD-HHMM" lacks MI'),
        ("{date: 'DD HH:MI'}", "lacks MON or MM"),
        ("{date: 'MM/DD hh:MI'}", "has letters that stand for nothing"),
        ("{date: 'MM/DD/YY YYYY HH:MI'}", "has YYYY or YY twice"),
        ("{tags: ['LIC_ACC:']}", '.tags[0]: "LIC_ACC:" can\'t be a tag of syslog'),
        ("{tags: []}", ".tags: must name at least one"),
        ("{start: [two words]}", '.start[0]: "two words" must be one word'),
        ("{stop: [START]}", ': has "START" in start and in stop; a word says one thing'),
        ("{stops: [END]}", '.stops: unknown key; did you mean "stop"?'),
    ],
)
def test_what_can_not_be_read_by_is_refused(tmp_path: Path, section: str, fault: str) -> None:
    """Each fault is told at its key, in a sentence."""
    (told,) = _faults(tmp_path, section)

    assert fault in told


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Three wrong keys are three faults."""
    assert 3 == len(_faults(tmp_path, "{line: x, date: x, tags: ['a b']}"))


def test_capacity_may_name_any_host(tmp_path: Path) -> None:
    """The hosts are known from the lines only, so no server of a capacity is refused."""
    row = "capacity:\n  - {server: ws-1, vendor: LIC_ACC, feature: mesh, seats: 2, from: 2024-01-01}\n"

    assert "ws-1" == _loaded(tmp_path, text=WELL + row).capacity[0].server


@pytest.mark.parametrize(
    ("formats", "fault"),
    [
        ("[startstop, flexlm]", "sources[0].format: flexlm can't be one of several; give it a source of its own"),
        ("[startstop, startstop]", "sources[0].format: names a format twice"),
    ],
)
def test_formats_that_can_not_share_a_log_are_refused(tmp_path: Path, formats: str, fault: str) -> None:
    """FlexNet lines can't be told from others one by one, and one format is read once."""
    with pytest.raises(ConfigError) as caught:
        _loaded(tmp_path, text=WELL.replace("format: startstop", f"format: {formats}"))

    assert fault in str(caught.value)


def test_the_section_of_another_format_is_told_to_be_without_effect(tmp_path: Path) -> None:
    """With a FlexNet log, how START/STOP lines are written matters nothing."""
    settings = _loaded(tmp_path, "{stop: [done]}", WELL.replace("format: startstop", "format: flexlm"))

    assert ["sources[0].startstop"] == [finding.path for finding in check(settings) if "no effect" in finding.sentence]
