"""Whatever is wrong with config.yaml is told at once, by file, line and key path, with what to do about it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.config.loading import load
from exporter.errors import ConfigError

WELL = """\
site: {name: example, timezone: Europe/Madrid}
ledger: {path: var/ledger.db}
sources:
  - {name: one, format: flexlm, server: lic1, paths: ["logs/one.log*"]}
"""
SECRET = "hunter2-hunter2"  # noqa: S105 -- nobody's


def faults(folder: Path, text: str | bytes) -> list[str]:
    """Return the faults of *text*, without the path of the file; an empty list when it loads."""
    path = folder / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        load(path, {"flexlm"})
    except ConfigError as error:
        return [fault.removeprefix(f"{path}:") for fault in error.faults]
    return []


def test_three_faults_are_three_lines_at_once(tmp_path: Path) -> None:
    """A wrong zone, an unknown key and a wrong duration are told together, in the order of their lines."""
    text = """\
site: {name: example, timezone: Europe/Madird}
ledger: {path: var/ledger.db}
sources:
  - name: one
    format: flexlm
    serfer: lic1
    server: lic1
    paths: [one.log]
tiers: {hourly: {keep: 2 years}}
"""
    assert faults(tmp_path, text) == [
        '1: site.timezone: "Europe/Madird" is not a time zone; did you mean "Europe/Madrid"?',
        '6: sources[0].serfer: unknown key; did you mean "server"?',
        '9: tiers.hourly.keep: "2 years" is not a duration; write seconds, or a number with s, m, h, d, w or y: 35d',
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("sorces: []", '5: sorces: unknown key; did you mean "sources"?'),
        ("zzz: 1", "5: zzz: unknown key"),
        ('"a\\tb": 1', '5: "a\\tb": unknown key'),
        (
            "log: {level: wraning}",
            '5: log.level: "wraning" is not known; allowed: debug, info, warning, error; did you mean "warning"?',
        ),
        ("log: {level: no}", "5: log.level: false is not known; allowed: debug, info, warning, error"),
        ("log: [info]", "5: log: must be a mapping, not a list"),
        ("limits: {features: many}", '5: limits.features: must be a whole number, not "many"'),
        ("limits: {features: 0}", "5: limits.features: 0 must be at least 1"),
        ("limits: {features: true}", "5: limits.features: must be a whole number, not true"),
        ("capacity: 5", "5: capacity: must be a list, not 5"),
        (
            "capacity: [{server: lic1, vendor: v, feature: f, seats: 1}]",
            "5: capacity[0]: needs from (or licence_files)",
        ),
        (
            "capacity: [{server: lic1, vendor: v, feature: f, seats: 1, from: 2022-02-31}]",
            "5: capacity[0].from: looks like a date or number and is none; put it in quotes if it is text",
        ),
        (
            "capacity: [{server: lic1, vendor: v, feature: f, seats: 1, from: 0022-02-01}]",
            "5: capacity[0].from: the year 22 is not between 1970 and 2199",
        ),
        (
            "capacity: [{server: lic1, vendor: v, feature: f, seats: 1, from: soon}]",
            '5: capacity[0].from: "soon" is not a date; write 2022-01-31 or 2022-01-31 08:00:00',
        ),
        (
            "capacity: [{server: lic1, seats: 1, licence_files: a.lic}]",
            "5: capacity[0]: has licence_files and a row of its own; make two entries of it",
        ),
        (
            "capacity: [{server: lic1, vendor: v, feature: f, seats: 1, from: 2022-01-31, options_files: a.opt}]",
            "5: capacity[0]: has options_files and no licence_files, which tell whose options they are",
        ),
        (
            "capacity: [{server: lic2, licence_files: a.lic}]",
            '5: capacity[0].server: "lic2" is the server of no source; did you mean "lic1"?',
        ),
        (
            "capacity: [{seats: 1, from: 2022-01-31}]",
            "5: capacity[0]: needs server, vendor, feature (or licence_files)",
        ),
        ("capacity: [{product: P, seats: 1}]", "5: capacity[0]: needs from"),
        ("capacity: [{licence_files: a.lic}]", "5: capacity[0]: needs server"),
        (
            "capacity: [{product: P, vendor: v, seats: 1, from: 2022-01-31}]",
            "5: capacity[0]: names a product and a feature; make two entries of it",
        ),
        (
            (
                "capacity: [{product: Acron, seats: 1, from: 2022-01-31}]\n"
                "products: [{name: Acorn, members: [{server: lic1, vendor: v, feature: f}]}]"
            ),
            '5: capacity[0].product: "Acron" is the name of none of the products; did you mean "Acorn"?',
        ),
        (
            "products: [{name: P, members: [&m {server: lic1, vendor: v, feature: f}, *m]}]",
            "5: products[0].members[1]: is the same feature as members[0]; name each once, it counts once",
        ),
        (
            "products: [{name: P, members: [{server: far, vendor: v, feature: f}]}]",
            '5: products[0].members[0].server: "far" is the server of no source',
        ),
        ("products: [{name: P, members: []}]", "5: products[0].members: must name at least one"),
        ("tiers: {live: {keep: 59}}", "5: tiers.live.keep: is shorter than one window of this tier, 60 s"),
        (
            "prometheus: {listen: localhost}",
            (
                '5: prometheus.listen: "localhost" is not an address to listen on; write HOST:PORT, such as'
                " 127.0.0.1:9877, [::1]:9877, or :9877 for all addresses"
            ),
        ),
        (
            "prometheus:",
            (
                "5: prometheus: is empty; leave the section out for the default address,"
                " or write {listen: null} to serve nothing"
            ),
        ),
        ("calendar: {prime_time: 8-18}", '5: calendar.prime_time: "8-18" must look like 08:00-18:00'),
        ("5: x", "1: has a key that is not text in line 5"),
        ("alerts: &a {x: *a}", "5: alerts.x: holds itself"),
        ("log: {}\nlog: {}", "6: log: is written twice; first in line 5"),
        (
            "influxdb: [{name: a, url: localhost}]",
            "5: influxdb[0].url: is not a URL; write SCHEME://HOST:PORT, such as http://127.0.0.1:8086",
        ),
        (
            "influxdb: [{name: a, url: 'ftp://h:1'}]",
            "5: influxdb[0].url: must begin with http:// or https:// and a host, such as http://127.0.0.1:8086",
        ),
        (
            "influxdb: [{name: a, url: 'http://h:70000'}]",
            "5: influxdb[0].url: has a port that is no number up to 65535",
        ),
        (
            "influxdb: [{name: a, url: 'http://h:1', proxy: 'http://u@h:1'}]",
            (
                "5: influxdb[0].proxy: must hold no user and nothing behind a ? or #;"
                " there are keys of their own for such things"
            ),
        ),
        ("influxdb: [{name: a, url: 'http://h:1', timeout: 0}]", "5: influxdb[0].timeout: 0 must be at least 1"),
        ("influxdb: [{name: a, url: 'http://h:1', timeout: 1h}]", '5: influxdb[0].timeout: "1h" must be at most 600'),
        (
            "influxdb: [{name: a, url: 'http://h:1', ca_file: 7}]",
            "5: influxdb[0].ca_file: 7 can't be the path of a file",
        ),
        ("people: {tables: ['']}", '5: people.tables[0]: "" can\'t be the path of a file'),
        ('people: {tables: ["a\\0b"]}', '5: people.tables[0]: "a\\u0000b" can\'t be the path of a file'),
    ],
)
def test_each_fault_has_its_sentence(tmp_path: Path, lines: str, expected: str) -> None:
    """One wrong thing beside a well configuration gives one line, which names the line, the key and the way out."""
    assert faults(tmp_path, WELL + lines + "\n") == [expected]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{format: flexlm, server: s, paths: [a]}", "5: sources[1].name: is missing"),
        ("{name: '', format: flexlm, server: s, paths: [a]}", "5: sources[1].name: must not be empty"),
        (
            "{name: two, format: flexlm, server: 12, paths: [a]}",
            "5: sources[1].server: must be text, and YAML reads 12 as something else; put it in quotes",
        ),
        (
            "{name: two, format: flxlm, server: s, paths: [a]}",
            '5: sources[1].format[0]: "flxlm" is not known; allowed: flexlm; did you mean "flexlm"?',
        ),
        ("{name: two, format: flexlm, server: s, paths: []}", "5: sources[1].paths: must name at least one"),
        (
            "{name: one, format: flexlm, server: s, paths: [a]}",
            '5: sources[1].name: "one" is the name of sources[0] too',
        ),
        (
            "{name: two, format: flexlm, server: s, paths: [logs/one.log.1]}",
            "5: sources[1].paths[0]: stands for paths that sources[0] (one) reads too; every log belongs to one source",
        ),
        (
            "{name: two, format: flexlm, server: 's-{host}', paths: ['a/{host}/x', a/b/x]}",
            "5: sources[1].paths[1]: lacks {host}, which the server of this source is made of",
        ),
        (
            "{name: two, format: flexlm, server: s, paths: [a], start: now}",
            '5: sources[1].start: "now" is neither beginning, nor end, nor a date such as 2022-01-31',
        ),
        (
            "{name: two, format: flexlm, server: s, paths: [a], redundant: 1}",
            "5: sources[1].redundant: must be true or false, not 1",
        ),
    ],
)
def test_each_fault_of_a_source_has_its_sentence(tmp_path: Path, source: str, expected: str) -> None:
    """A second source with one fault gives one line under its index in the file."""
    assert faults(tmp_path, f"{WELL}  - {source}\n") == [expected]


def test_faults_between_entries_are_told_beside_those_inside_them(tmp_path: Path) -> None:
    """An entry with a fault of its own neither hides what is wrong between the others nor shifts their indices."""
    more = """\
  - {name: two, format: flexlm, server: lic1, path: [b]}
  - {name: one, format: flexlm, server: lic1, paths: [c]}
tiers: {live: {keep: 5s}}
"""
    assert faults(tmp_path, WELL + more) == [
        '5: sources[1].path: unknown key; did you mean "paths"?',
        "5: sources[1].paths: is missing",
        '6: sources[2].name: "one" is the name of sources[0] too',
        "7: tiers.live.keep: is shorter than one window of this tier, 60 s",
    ]


def test_two_sources_that_find_the_same_log_are_a_fault(tmp_path: Path) -> None:
    """Patterns that look different but reach one log now, here through a link, are told with the log's name."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "one.log").touch()
    (tmp_path / "link").symlink_to("logs")
    more = "  - {name: two, format: flexlm, server: lic1, paths: ['link/*.log.1', 'link/*.log']}\n"

    [fault] = faults(tmp_path, WELL + more)

    assert fault == (
        f'5: sources[1].paths[1]: reads "{tmp_path}/link/one.log", which sources[0] (one) reads too;'
        " every log belongs to one source"
    )


def test_two_generations_of_one_stream_belong_together(tmp_path: Path) -> None:
    """A source for the live log and another for its rotated files would split one stream, so it is a fault."""
    (tmp_path / "a.log").touch()
    (tmp_path / "a.log.1").touch()
    text = """\
site: {name: example, timezone: UTC}
ledger: {path: ledger.db}
sources:
  - {name: one, format: flexlm, server: lic1, paths: [a.log]}
  - {name: two, format: flexlm, server: lic1, paths: ["a.log.*"]}
"""
    assert len(faults(tmp_path, text)) == 1


def test_the_ledger_may_not_be_one_of_the_logs(tmp_path: Path) -> None:
    """A pattern that matches the ledger or its WAL is a fault, though no such file exists yet."""
    text = WELL.replace("logs/one.log*", "var/*")
    assert faults(tmp_path, text) == [
        f'4: sources[0].paths[0]: matches the ledger, "{tmp_path}/var/ledger.db"; keep it in another folder'
    ]


def test_no_source_is_a_fault(tmp_path: Path) -> None:
    """An empty list of sources is told, with the command that proposes some."""
    text = "site: {name: a, timezone: UTC}\nledger: {path: b}\nsources: []\n"
    assert faults(tmp_path, text) == [
        "3: sources: must name at least one log to read; `seatwatch init PATH...` proposes some"
    ]


def test_missing_sections_are_all_told(tmp_path: Path) -> None:
    """A file with one harmless key lacks three sections, and each is named."""
    assert faults(tmp_path, "log: {}\n") == [
        "1: ledger: is missing",
        "1: site: is missing",
        "1: sources: is missing",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        f"influxdb: [{{name: main, url: 'http://h:1', token: {SECRET}}}]",
        f"influxdb: [{{name: main, url: 'http://h:1', PassWord: {SECRET}}}]",
        f"influxdb: [{{name: main, url: 'http://user:{SECRET}@h:1'}}]",
        f"influxdb: [{{name: main, url: 'http://h:1/?p={SECRET}'}}]",
        f"influxdb: [{{name: main, url: 'http://h:1', proxy: 'http://user:{SECRET}@h:1'}}]",
        f"warehouse: {{url: 'postgresql://u@h/d', password: {SECRET}}}",
        f"alerts: {{mail: {{password: {SECRET}}}}}",
        f"warehouse: {{url: 'postgresql://u@h/d', password: *{SECRET}}}",
        f"warehouse: {{url: 'postgresql://u@h/d', password: !{SECRET} x}}",
        f"warehouse: {{url: 'postgresql://u:{SECRET}@h/d', nonsense: 1}}",
        f"token: {SECRET}",
    ],
)
def test_a_secret_is_refused_and_never_shown(tmp_path: Path, lines: str) -> None:
    """Whatever way a secret is written into the file, loading fails and no fault repeats it."""
    told = "\n".join(faults(tmp_path, f"{WELL}{lines}\n"))

    assert told
    assert SECRET not in told


def test_a_refused_secret_names_the_key_to_use(tmp_path: Path) -> None:
    """The fault of an inline token, in whatever case, says which key takes its place."""
    lines = "influxdb: [{name: main, url: 'http://h:1', Token: abc}]\n"
    assert faults(tmp_path, WELL + lines) == [
        "5: influxdb[0].Token: secrets are not written here; use token_file, the path of a file with it"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site: {name: a\nledger: b", "2:7: this is not YAML: expected ',' or '}', but got ':'"),
        ("a: [1", "1:6: this is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: 'b", "1:6: this is not YAML: found unexpected end of stream"),
        ("a: b\n\tc: d", "2:1: this is not YAML: found character that cannot start any token"),
        (b"a: b\nc: \xff", "2: is not UTF-8; save the file in this encoding"),
        ("", " is empty; `seatwatch init PATH...` proposes what to write"),
        ("# nothing\n", " is empty; `seatwatch init PATH...` proposes what to write"),
        ("[a]", " must be a mapping, such as `site: {name: example, timezone: UTC}`"),
        ("[" * 5000, " is nested too deeply"),
    ],
)
def test_what_is_no_configuration_at_all_says_where(tmp_path: Path, text: str | bytes, expected: str) -> None:
    """YAML that can't be read is told with line and column, and other texts with what they are."""
    [fault] = faults(tmp_path, text)
    assert expected in (fault, fault.replace(" '\\t'", ""))


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    """Without a file the fault names it and `seatwatch init`."""
    path = tmp_path / "nowhere.yaml"

    with pytest.raises(ConfigError, match="seatwatch init PATH") as caught:
        load(path, {"flexlm"})

    assert str(caught.value).startswith(f"{path}: there is no such file")


def test_a_folder_in_place_of_the_file_is_a_fault(tmp_path: Path) -> None:
    """What the operating system refuses becomes a fault with its reason."""
    with pytest.raises(ConfigError, match="can't be read: Is a directory"):
        load(tmp_path, {"flexlm"})


SECTIONS = ["site", "ledger", "sources", "capacity", "products", "calendar", "tiers", "prometheus", "influxdb", "log"]
INSIDE = ["name", "timezone", "path", "paths", "format", "server", "seats", "from", "keep", "live", "listen", "url"]
KEYS = st.sampled_from([*SECTIONS, *INSIDE, "token", "x"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["UTC", "10s", "flexlm"])
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(KEYS, VALUES, max_size=8))
def test_any_tree_of_keys_and_values_ends_in_settings_or_faults(tmp_path: Path, data: object) -> None:
    """Known keys at any place with any values raise nothing but ConfigError, with faults that can be printed."""
    import yaml  # noqa: PLC0415 -- only this test writes YAML

    for fault in faults(tmp_path, yaml.safe_dump(data)):
        assert "\n" not in fault
        os.fsencode(fault)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                "site",
                "sources",
                ":",
                " ",
                "\n",
                "  ",
                "- ",
                "{",
                "}",
                "[",
                "]",
                ",",
                "&a ",
                "*a",
                "<<",
                "!!int ",
                "=",
                '"',
                "1",
                "!!timestamp ",
                "!!binary ",
                "!!set ",
                "2020-99-99",
                "0x_",
                "? ",
                "|",
                "\t",
                "#",
                "---\n",
                "\\ud800",
                "\\0",
                "é",
            ]
        )
        | st.text(max_size=3),
        max_size=25,
    ).map("".join)
)
def test_any_text_ends_in_settings_or_faults(tmp_path: Path, text: str) -> None:
    """Pieces of YAML in any order raise nothing but ConfigError."""
    for fault in faults(tmp_path, text.encode("utf-8", "surrogatepass")):
        assert "\n" not in fault
