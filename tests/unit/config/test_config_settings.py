"""A well config.yaml becomes settings: defaults, durations, addresses, paths and dates as the program uses them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import ValidationError

from exporter.config.loading import load
from exporter.config.settings import Calendar, Denials, FactsKept, Limits, Log, Prometheus, Settings, Table, Tiers

WELL = """\
site: {name: example, timezone: Europe/Madrid}
ledger: {path: var/ledger.db}
sources:
  - {name: one, format: flexlm, server: lic1, paths: ["logs/one.log*"]}
"""


def loaded(folder: Path, more: str = "", text: str = WELL) -> Settings:
    """Return the settings of *text* and *more*."""
    path = folder / "config.yaml"
    path.write_text(text + more)
    return load(path, {"flexlm"})


def test_a_short_file_has_every_default(tmp_path: Path) -> None:
    """Three sections are enough; all other sections have their defaults, and the source the zone of the site."""
    settings = loaded(tmp_path)

    assert settings.sources[0].timezone == "Europe/Madrid"
    assert (settings.sources[0].gap_expiry, settings.sources[0].max_session) == (86_400, None)
    assert settings.prometheus.listen == ("127.0.0.1", 9877)
    assert (settings.denials.grant_window, settings.denials.retry_window) == (10, 1200)
    assert (settings.limits.open_sessions, settings.limits.features, settings.limits.breakdown) == (
        1_000_000,
        2000,
        200,
    )
    tiers = settings.tiers
    assert (tiers.live.keep, tiers.hourly.keep, tiers.longterm.keep) == (35 * 86_400, 730 * 86_400, 3650 * 86_400)
    assert (settings.log.level, settings.log.format) == ("info", "human")


def test_an_empty_section_has_its_defaults(tmp_path: Path) -> None:
    """A section whose keys are all commented out is as good as none."""
    assert loaded(tmp_path, "tiers:\nlog:\ncapacity:\n").tiers == Tiers()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0", 0),
        ("90", 90),
        ("10s", 10),
        ("20m", 1200),
        ("7h", 25_200),
        ("35d", 3_024_000),
        ("2w", 1_209_600),
        ("2y", 63_072_000),
    ],
)
def test_durations_become_seconds(tmp_path: Path, written: str, expected: int) -> None:
    """A number with a unit, or plain seconds, is that many seconds."""
    assert loaded(tmp_path, f"denials: {{retry_window: {written}}}\n").denials.retry_window == expected


def test_forever_is_none(tmp_path: Path) -> None:
    """A tier that is kept for ever has no number of seconds."""
    assert loaded(tmp_path, "tiers: {live: {keep: forever}}\n").tiers.live.keep is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"127.0.0.1:0"', ("127.0.0.1", 0)),
        ('"[::1]:9877"', ("::1", 9877)),
        ('":80"', ("", 80)),
        ("host.example:65535", ("host.example", 65_535)),
        ("null", None),
    ],
)
def test_the_address_is_split(tmp_path: Path, written: str, expected: object) -> None:
    """HOST:PORT becomes host and port, brackets fall off, and null switches the endpoint off."""
    assert loaded(tmp_path, f"prometheus: {{listen: {written}}}\n").prometheus.listen == expected


def test_paths_are_taken_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative paths are joined to the file's folder wherever the program runs, absolute ones kept, ~ is a name."""
    monkeypatch.chdir("/")
    text = WELL.replace('["logs/one.log*"]', '["../a*.log", /b/c, "~/d"]')

    settings = loaded(tmp_path, text=text)

    assert settings.sources[0].paths == (f"{tmp_path.parent}/a*.log", "/b/c", f"{tmp_path}/~/d")
    assert settings.ledger.path == f"{tmp_path}/var/ledger.db"


def test_a_file_name_of_any_bytes_can_be_written(tmp_path: Path) -> None:
    """A name that is not UTF-8 is written with YAML escapes of its surrogates and comes through."""
    text = WELL.replace("logs/one.log*", "logs/\\udcff.log")
    assert loaded(tmp_path, text=text).sources[0].paths == (f"{tmp_path}/logs/\udcff.log",)


def test_a_capacity_may_begin_with_a_day_or_a_time(tmp_path: Path) -> None:
    """A day is its midnight without a zone (the source's holds); a time may carry an offset, quoted or not."""
    row = "  - {server: lic1, vendor: v, feature: f, seats: 1, from: %s}\n"
    written = [
        "2022-01-31",
        '"2022-01-31"',
        "2022-01-31 08:30:00",
        "2022-01-31T08:30:00Z",
        '"2022-01-31T08:30:00+02:00"',
    ]

    settings = loaded(tmp_path, "capacity:\n" + "".join(row % moment for moment in written))

    day, time = datetime(2022, 1, 31), datetime(2022, 1, 31, 8, 30)  # noqa: DTZ001 -- local to the source's zone
    assert [row.since for row in settings.capacity] == [
        day,
        day,
        time,
        time.replace(tzinfo=UTC),
        time.replace(tzinfo=timezone(timedelta(hours=2))),
    ]


def test_settings_never_change(tmp_path: Path) -> None:
    """Writing to settings raises."""
    with pytest.raises(ValidationError, match="frozen"):
        loaded(tmp_path).site.name = "other"  # type: ignore[misc] -- the very thing that is proved


def test_a_server_may_stand_in_two_sources(tmp_path: Path) -> None:
    """Two logs of one server (a file for each vendor daemon) are no fault, and its capacity is known."""
    more = """\
  - {name: two, format: [flexlm], server: lic1, paths: logs/two.log}
capacity: [{server: lic1, licence_files: [a.lic]}]
"""
    assert [source.server for source in loaded(tmp_path, more).sources] == ["lic1", "lic1"]


def test_capacity_may_name_a_server_that_comes_from_the_path(tmp_path: Path) -> None:
    """A server made of a part of the path is any name of that shape."""
    more = """\
  - {name: two, format: flexlm, server: "w-{host}", paths: ["srv/{host}/debug.log*"]}
capacity: [{server: w-1, vendor: v, feature: f, seats: 1, from: 2022-01-01}]
"""
    assert loaded(tmp_path, more).capacity[0].server == "w-1"


def test_yaml_anchors_and_merges_work(tmp_path: Path) -> None:
    """A merged mapping gives its keys to an entry, whose own keys win, and is not taken for keys written twice."""
    text = """\
site: {name: example, timezone: UTC}
ledger: {path: ledger.db}
sources:
  - &one {name: one, format: flexlm, server: lic1, timezone: Asia/Tokyo, paths: [a.log]}
  - {<<: *one, name: two, paths: [b.log]}
"""
    assert [(source.name, source.timezone) for source in loaded(tmp_path, text=text).sources] == [
        ("one", "Asia/Tokyo"),
        ("two", "Asia/Tokyo"),
    ]


def test_every_section_of_a_full_configuration_is_taken(tmp_path: Path) -> None:
    """All sections with all their keys load together."""
    settings = loaded(
        tmp_path,
        """\
products:
  - {name: P, measure: starts, type: t, price: 9.5, members: [{server: lic1, vendor: v, feature: f, components: [g]}]}
people: {tables: [people.csv], pseudonyms: true}
hosts: {tables: hosts.csv}
calendar: {prime_time: 07:30-24:00, working_days: [mon, sat], holidays: [2024-12-25]}
alerts:
  dashboards_url: https://grafana.example.org/g
  team: licences
  job: seats
  rules:
    - {alert: saturated, server: lic1, vendor: v, feature: f, threshold: 75, for: 5m, severity: info, team: cad}
    - {alert: denied, window: 2h, enabled: false}
facts: {keep: 10y, denials: 2y, uses: forever}
influxdb:
  - {name: main, url: "http://127.0.0.1:8086", api: v2, org: o, database: licences, token_file: token, tag_tier: true}
  - {name: old, url: "https://h/x", user: u, password_env: PW, ca_file: ca.pem, proxy: "http://p:3128", timeout: 1m}
warehouse: {url: postgresql://u@h/d, password_env: PW}
log: {level: debug, format: json}
""",
    )

    assert settings.influxdb[0].api == "v2"
    assert (settings.influxdb[0].token_file, settings.influxdb[0].timeout) == (f"{tmp_path}/token", 10)
    assert (settings.influxdb[1].ca_file, settings.influxdb[1].timeout) == (f"{tmp_path}/ca.pem", 60)
    assert [True, False] == [one.tag_tier for one in settings.influxdb]
    assert settings.hosts.tables == (f"{tmp_path}/hosts.csv",)
    assert settings.facts.uses is None


def test_the_shipped_example_loads(root: Path) -> None:
    """config.yaml of the project has the demo log, its capacity, and lines that fit on a screen."""
    settings = load(root / "config.yaml", {"flexlm"})

    assert settings.ledger.path == str(root / "var/demo/seatwatch.db")
    assert settings.sources[0].paths == (str(root / "var/demo/demo.log"),)
    seats = {row.feature: row.seats for row in settings.capacity}
    assert {"acorn_base": 20, "acorn_mesh": 8, "brook_cfd": 64, "brook_post": 6}.items() <= seats.items()
    assert max(map(len, (root / "config.yaml").read_text().splitlines())) <= 120


def test_the_shipped_example_shows_the_real_defaults(root: Path, tmp_path: Path) -> None:
    """With every commented key uncommented the example loads, names every section, and changes no default."""
    text = re.sub(r"(?m)^( *)# (?= *(- )?([a-z_]+:( |$)|\{))", r"\1", (root / "config.yaml").read_text())
    text = text.replace("max_session: 7d", "").replace("first_year: 2024", "")

    settings = loaded(tmp_path, text=text)

    sections = ("tiers", "limits", "denials", "facts", "log", "calendar", "prometheus", "people", "hosts")
    defaults = (Tiers(), Limits(), Denials(), FactsKept(), Log(), Calendar(), Prometheus(), Table(), Table())
    assert dict(zip(sections, defaults, strict=True)) == {name: getattr(settings, name) for name in sections}
    assert set(Settings.model_fields) == settings.model_fields_set
    assert load(root / "config.yaml", {"flexlm"}).sources == tuple(
        source.model_copy(update={"paths": (str(root / "var/demo/demo.log"),)}) for source in settings.sources
    )


def test_the_configurations_of_the_worked_examples_load(shared: Path) -> None:
    """Each worked example's config.yaml is well."""
    paths = sorted(shared.glob("vectors/*/config.yaml"))

    assert len(paths) >= 25
    for path in paths:
        assert load(path, {"flexlm"}).sources[0].name == "lic"
