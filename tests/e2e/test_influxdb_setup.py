"""`influxdb setup` on a real InfluxDB 1.6: from nothing, again, after a change, without the right to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from tests.e2e.command_line import Ran, called, told
from tests.servers.influxd import Influxd

CONFIG = """\
site: {{name: e2e, timezone: UTC}}
ledger: {{path: ledger/seatwatch.db}}
sources: [{{name: lic, format: flexlm, server: lic1, paths: ["lic.log"]}}]
influxdb: [{{name: main, url: "{url}"{more}}}]
tiers: {tiers}
"""
DEFAULTS = {
    "live": ["840h0m0s", "24h0m0s", 1, True],
    "hourly": ["17520h0m0s", "720h0m0s", 1, False],
    "longterm": ["87600h0m0s", "87360h0m0s", 1, False],
}
"""What the server tells of its policies: duration, shards, copies, whether it is the default."""

Setup = Callable[..., Ran]


class Terminal(StringIO):
    """A keyboard on which somebody has typed."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


@pytest.fixture
def setup(influxd: Influxd, tmp_path: Path) -> Setup:
    """Run `influxdb setup` for the tiers that are given."""

    def run(*words: str | Path, tiers: str = "{}", url: str = influxd.url, more: str = "") -> Ran:
        (tmp_path / "config.yaml").write_text(CONFIG.format(url=url, tiers=tiers, more=more))
        return called(tmp_path, "influxdb", "setup", *words)

    return run


def policies(server: Influxd, database: str = "licences", **user: str) -> dict[str, list[object]]:
    """Return what the server tells of its retention policies."""
    quoted = database.replace('"', '\\"')
    (series,) = server.ask(f'SHOW RETENTION POLICIES ON "{quoted}"', **user)
    return {name: rest for name, *rest in series["values"]}


def databases(server: Influxd, **user: str) -> list[str]:
    """Return the names of the server's databases."""
    (series,) = server.ask("SHOW DATABASES", **user)
    return [name for (name,) in series.get("values", ())]


def test_from_nothing(setup: Setup, influxd: Influxd) -> None:
    """On an empty server, one call makes the database with three policies as configured, and none besides."""
    ran = setup()

    assert 3 == told(ran).count("main: Make ")
    assert DEFAULTS == policies(influxd)


def test_a_second_time(setup: Setup, influxd: Influxd) -> None:
    """Called again, it finds nothing to do, says so, and leaves all as it is."""
    setup()

    assert "main: all is as the configuration says.\n" == told(setup())
    assert DEFAULTS == policies(influxd)


def test_a_dry_run_changes_nothing(setup: Setup, influxd: Influxd) -> None:
    """With --dry-run the plan is told in the same words as without, and the server is left as it was."""
    plan = told(setup("--dry-run"))
    assert [] == databases(influxd)
    assert plan == told(setup())
    before = policies(influxd)

    assert "keep points for 1 day instead of 35 days" in told(setup("--dry-run", tiers="{live: {keep: 1d}}"))
    assert before == policies(influxd)


def test_longer_retention(setup: Setup, influxd: Influxd) -> None:
    """Where points are to be kept for longer, the policies are changed at once."""
    setup()
    told(setup(tiers="{live: {keep: 90d}, hourly: {keep: forever}}"))

    expected = {**DEFAULTS, "live": ["2160h0m0s", "24h0m0s", 1, True], "hourly": ["0s", "720h0m0s", 1, False]}
    assert expected == policies(influxd)


def test_shorter_retention_has_to_be_confirmed(setup: Setup, influxd: Influxd) -> None:
    """Where points would be dropped, nothing is done without --yes, what else was to be done included."""
    setup()
    shorter = "{live: {keep: 90d}, longterm: {keep: 5y}}"

    ran = setup(tiers=shorter)
    assert 2 == ran.status
    assert "The server then drops what is older than 5 years." in ran.out
    assert "add --yes" in ran.err
    assert DEFAULTS == policies(influxd)

    told(setup("--yes", tiers=shorter))
    expected = {
        **DEFAULTS,
        "live": ["2160h0m0s", "24h0m0s", 1, True],
        "longterm": ["43800h0m0s", "43800h0m0s", 1, False],
    }
    assert expected == policies(influxd)


@pytest.mark.parametrize(("typed", "status", "expected"), [("y\n", 0, "240h0m0s"), ("n\n", 1, "840h0m0s")])
def test_somebody_at_a_terminal_is_asked(
    typed: str, status: int, expected: str, setup: Setup, influxd: Influxd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal the answer decides whether points may be dropped."""
    setup()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    ran = setup(tiers="{live: {keep: 10d}}")

    assert status == ran.status, ran.err
    assert "Let the server drop them?" in ran.err
    assert expected == policies(influxd)["live"][0]


def test_a_database_of_somebody_else(setup: Setup, influxd: Influxd) -> None:
    """In a database that is there, policies are added; its own, its default and other databases stay."""
    influxd.ask("CREATE DATABASE licences")
    influxd.ask("CREATE DATABASE other")
    ran = setup()

    assert "The default retention policy of licences is autogen, and stays so" in ran.err
    expected = {name: [*rest[:3], False] for name, rest in DEFAULTS.items()}
    assert {**expected, "autogen": ["0s", "168h0m0s", 1, True]} == policies(influxd)
    assert {"licences", "other"} == set(databases(influxd))
    assert ["autogen"] == [*policies(influxd, "other")]


def test_any_name_of_a_database(setup: Setup, influxd: Influxd) -> None:
    """A name with quotes, blanks and what looks like a statement is one name, also the second time."""
    name = 'a"; DROP DATABASE ü'
    more = ", database: '" + name + "'"

    assert 3 == told(setup(more=more)).count("Make ")
    assert [name] == databases(influxd)
    assert "all is as the configuration says" in told(setup(more=more))


def test_without_the_right_to(setup: Setup, start_influxd: Callable[..., Influxd], tmp_path: Path) -> None:
    """A user who is no administrator is told so, without a password; one who is can be named for this call."""
    server = start_influxd({"INFLUXDB_HTTP_AUTH_ENABLED": "true"})
    server.ask("CREATE USER root WITH PASSWORD 'r00t-word' WITH ALL PRIVILEGES")
    admin = {"u": "root", "p": "r00t-word"}
    server.ask("CREATE USER seatwatch WITH PASSWORD 'open-sesame'", **admin)
    (tmp_path / "password").write_text("open-sesame\n")
    more = ", user: seatwatch, password_file: password"

    ran = setup(url=server.url, more=more)
    assert 1 == ran.status
    assert "does not let us manage databases" in ran.err
    assert (
        'CREATE DATABASE "licences" WITH DURATION 3024000s REPLICATION 1 SHARD DURATION 86400s NAME "live"' in ran.err
    )

    (tmp_path / "password").write_text("wrong-word")
    wrong = setup(url=server.url, more=more)
    assert 1 == wrong.status
    assert "correct user and password_file" in wrong.err
    assert [] == databases(server, **admin)
    assert not [word for word in ("open-sesame", "wrong-word") if word in ran.out + ran.err + wrong.out + wrong.err]

    (tmp_path / "password").write_text("open-sesame")
    (tmp_path / "admin").write_text("r00t-word")
    told(setup("--user", "root", "--password-file", tmp_path / "admin", url=server.url, more=more))
    assert DEFAULTS == policies(server, **admin)


def test_a_server_that_is_away_stops_no_other(influxd: Influxd, free_port: int, tmp_path: Path) -> None:
    """Of two servers, the one that is there is set up, and the exit status tells that the other was not."""
    away = f'{{name: old, url: "http://127.0.0.1:{free_port}"}}'
    text = CONFIG.format(url=influxd.url, tiers="{}", more="").replace("influxdb: [", f"influxdb: [{away}, ")
    (tmp_path / "config.yaml").write_text(text)
    ran = called(tmp_path, "influxdb", "setup")

    assert 1 == ran.status
    assert f"old: InfluxDB at http://127.0.0.1:{free_port} can't be reached: Connection refused." in ran.err
    assert DEFAULTS == policies(influxd)


@pytest.mark.parametrize("command", [("setup",), ("resend", "--tier", "hourly"), ("check",)])
def test_a_secret_that_cannot_be_read_stops_no_other(
    command: tuple[str, ...], influxd: Influxd, tmp_path: Path
) -> None:
    """Of two servers, one whose token is missing is told with its key, and the other one is seen to."""
    locked = f'{{name: old, url: "{influxd.url}", token_file: nowhere}}'
    text = CONFIG.format(url=influxd.url, tiers="{}", more="").replace("influxdb: [", f"influxdb: [{locked}, ")
    (tmp_path / "config.yaml").write_text(text)
    influxd.make(live="35d", hourly="730d", longterm="3650d")
    called(tmp_path, "collect")
    ran = called(tmp_path, "influxdb", *command)

    assert 1 == ran.status
    assert "influxdb[0].token_file: the file it names can't be read" in ran.err + ran.out
    assert "main" in ran.err + ran.out


def test_which_servers(influxd: Influxd, free_port: int, tmp_path: Path) -> None:
    """--sink leaves the others alone, and a name that isn't there is told with those that are."""
    away = f'{{name: old, url: "http://127.0.0.1:{free_port}"}}'
    text = CONFIG.format(url=influxd.url, tiers="{}", more="").replace("influxdb: [", f"influxdb: [{away}, ")
    (tmp_path / "config.yaml").write_text(text)
    told(called(tmp_path, "influxdb", "setup", "--sink", "main"))

    assert DEFAULTS == policies(influxd)
    ran = called(tmp_path, "influxdb", "setup", "--sink", "new")
    assert (2, "There is no sink 'new': choose one of old, main.\n") == (ran.status, ran.err)


def test_a_user_without_a_password(setup: Setup, influxd: Influxd) -> None:
    """Another user without a password, or the other way round, is refused before anything is asked."""
    for words in (("--user", "root"), ("--password-file", "password")):
        ran = setup(*words)
        assert (2, "--user and --password-file belong together: give both, or neither.\n") == (ran.status, ran.err)
    assert [] == databases(influxd)


def test_no_server_at_all(tmp_path: Path) -> None:
    """Where the configuration names no InfluxDB, the user is told where to add one."""
    text = CONFIG.format(url="http://127.0.0.1:1", tiers="{}", more="").replace("influxdb:", "# influxdb:")
    (tmp_path / "config.yaml").write_text(text)
    ran = called(tmp_path, "influxdb", "setup")

    assert (2, "The configuration names no InfluxDB: add one under `influxdb`.\n") == (ran.status, ran.err)
