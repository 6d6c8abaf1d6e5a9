"""The scrape: the whole text for a small view, what is absent when, and that names of any kind come through."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as read_text

from exporter.catalog.metrics import METRICS
from exporter.health import Health, SinkHealth
from exporter.publish.board import Board
from exporter.publish.prometheus import Exposition
from exporter.views import DaemonView, FeatureView, Licences, StreamView, Transferred, View
from tests.unit.publish.stepped_clock import SteppedClock

GOLDEN = Path(__file__).with_name("scrape.txt")
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"

MATLAB = FeatureView("lic1", "MLM", "MATLAB", 5, 2, 4, 3, 1, 12, 7, {"unsupported": 1, "capacity": 3}, 2)
SIMULINK = FeatureView("lic1", "MLM", "SIMULINK", 0, 0, 0, 0, None, 2, 2, {})
STREAM = StreamView(
    source="lic1",
    name="/var/log/flexlm/lic1.log",
    server="lic1",
    features={1: MATLAB, 2: SIMULINK},
    daemons=(DaemonView("lic1", "MLM", up=True, last_event=1_667_000_000),),
    caught_up=True,
    caught_up_since=1_667_000_100.5,
    stale=False,
    stopless=frozenset(),
    problem=None,
    lag=0,
    tally={"understood": 23, "noise": 9, "unparsed": 1, "refused": 1, "matched": 9, "inferred": 2, "unmatched": 1},
    gaps={"deleted": 1},
    writer_on_rotated=True,
    durations={
        ("MLM", "session"): {60: (2, 30), 3600: (4, 9000), 0: (1, 3_000_000)},
        ("MLM", "granted"): {30: (1, 20)},
        ("tx", "latency"): {1: (3, 2), 30: (1, 16)},
    },
    uses={("stampede2", "lmod"): 7},
    transfers={("px1", "tx", "pier"): Transferred(5, 4000, 2, 1)},
)
OTHER = replace(
    STREAM,
    source="lic2",
    name="/var/log/flexlm/lic2.log",
    features={},
    daemons=(),
    caught_up=False,
    lag=4096,
    gaps={},
    writer_on_rotated=False,
    durations={},
    uses={},
    transfers={},
)
VIEW = View(streams=(OTHER, STREAM), sources={"lic2": None, "lic1": None, "empty": "sources.empty: no file matches."})

LICENCES = Licences(
    issued={("lic1", "MLM", "MATLAB"): [(0, 50), (1_667_000_000, 4)]},
    products={"Mathematics": [("lic1", "MLM", "MATLAB")]},
    expiries={
        ("lic1", "MLM", "MATLAB"): [1_666_000_000, 1_700_000_000, inf],
        ("lic1", "MLM", "unused"): [inf],
    },
    reserved={("lic1", "MLM", "MATLAB"): 2},
)

Text = Callable[[View], str]


@pytest.fixture
def health() -> Health:
    """Health with two commits, one failure and a ledger that tells its size."""
    health = Health(ledger_size=lambda: 8192, ledger_free=lambda: 123_456_789)
    health.committed(0.001)
    health.committed(0.03)
    health.ledger_failed()
    health.shipped("main", "hourly", SinkHealth(1_700_000_000.5, 1_699_999_200, 3, 2, {"retention": 7}))
    health.shipped("other", "hourly", SinkHealth(errors=1))
    return health


@pytest.fixture
def text(health: Health) -> Text:
    """Give the scrape of a view, without the process's and the platform's own metrics."""

    def scrape(view: View) -> str:
        _, page = exposition(view, health).scrape("")
        return page.decode().partition("# HELP process_")[0].partition("# HELP python_")[0]

    return scrape


def exposition(view: View, health: Health) -> Exposition:
    """Return what writes the scrape of a view that has been up for 7 minutes and a half."""
    clock = SteppedClock()
    board = Board(clock)
    board.use(LICENCES)
    board.show(view)
    for _ in range(2):
        clock.step(225)
        board.read()
    return Exposition(board, health, "1.2.3")


def samples(text: str, *prefixes: str) -> list[str]:
    """Return the samples of *text* whose names begin with one of *prefixes*."""
    return [line for line in text.splitlines() if line.startswith(prefixes)]


def test_the_whole_scrape(text: Text) -> None:
    """A small view gives exactly the text that is kept beside this test, in a stable order."""
    assert GOLDEN.read_text(encoding="utf-8") == text(VIEW)


def test_the_order_of_streams_is_of_no_matter(text: Text) -> None:
    """The same view with its streams and sources the other way round gives the same text."""
    turned = View(streams=VIEW.streams[::-1], sources=dict(reversed(list(VIEW.sources.items()))))

    assert text(VIEW) == text(turned)


def test_the_golden_scrape_holds_the_catalog(health: Health) -> None:
    """Every metric of the catalog is emitted, and nothing that the catalog doesn't name."""
    _, page = exposition(VIEW, health).scrape("")
    shown = {
        f"{one.name}_total" if one.type == "counter" else one.name
        for one in read_text(page.decode())
        if one.name.startswith(("licence", "seatwatch", "transfer"))
    }

    assert {metric.name for metric in METRICS} == shown


@pytest.mark.skipif(shutil.which("promtool") is None and os.environ.get("CI") != "true", reason="promtool is absent")
def test_promtool_finds_no_fault(health: Health) -> None:
    """The linter of Prometheus accepts the whole page, process and platform metrics included."""
    _, page = exposition(VIEW, health).scrape("")

    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, check=False, timeout=30)

    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)


def test_levels_without_ends_are_absent(text: Text) -> None:
    """Of a daemon that writes no check-ins the levels are absent, its counters stay, and the gauge tells it."""
    told = text(replace(VIEW, streams=(OTHER, replace(STREAM, stopless=frozenset({"MLM"})))))

    assert [] == samples(told, "licence_feature_in_use{", "licence_feature_suspect_seats{")
    assert samples(text(VIEW), "licence_checkouts", "licence_feature_users") == samples(
        told, "licence_checkouts", "licence_feature_users"
    )
    assert ['seatwatch_stopless{source="lic1",vendor="MLM"} 1.0'] == samples(told, "seatwatch_stopless{")


def test_process_and_platform_are_shown(health: Health) -> None:
    """The page holds the collectors of the client library for the process and the platform."""
    _, page = exposition(VIEW, health).scrape("")

    assert b"\nprocess_resident_memory_bytes " in page
    assert b"\npython_info{" in page


@pytest.mark.parametrize("accept", ["", OPEN_METRICS])
def test_no_created_series(health: Health, accept: str) -> None:
    """Neither format carries _created, which would double the series of every counter."""
    _, page = exposition(VIEW, health).scrape(accept)

    assert b"_created" not in page


@pytest.mark.parametrize(
    "stream",
    [replace(STREAM, caught_up=False), replace(STREAM, stale=True), replace(STREAM, problem="It can't be read.")],
    ids=["catching up", "stale", "unreadable"],
)
def test_features_of_a_stream_that_is_not_current_are_absent(text: Text, stream: StreamView) -> None:
    """No gauge and no counter of a feature is frozen meanwhile; what files alone tell does not depend on the log."""
    shown = text(View(streams=(stream,), sources={"lic1": None}))
    by_files = ("licence_feature_reserved", "licence_feature_expiry", "licence_feature_info")

    assert [] == [
        line
        for line in samples(
            shown, "licence_feature", "licence_check", "licence_denials", "licence_product", "licence_session"
        )
        if not line.startswith(by_files)
    ]
    assert ['licence_server_last_event_timestamp_seconds{server="lic1",vendor="MLM"} 1.667e+09'] == samples(
        shown, "licence_server_last_event"
    )
    assert ['seatwatch_log_lines_total{outcome="understood",source="lic1"} 23.0'] == samples(
        shown, 'seatwatch_log_lines_total{outcome="understood"'
    )


@pytest.mark.parametrize(
    ("up", "stale", "expected"), [(True, False, "1.0"), (True, True, "0.0"), (False, False, "0.0")]
)
def test_a_stale_server_is_down(text: Text, up: bool, stale: bool, expected: str) -> None:
    """A daemon is up when its log says so and isn't stale."""
    daemon = DaemonView("lic1", "MLM", up=up, last_event=1)

    shown = text(View(streams=(replace(STREAM, daemons=(daemon,), stale=stale),)))

    assert [f'licence_server_up{{server="lic1",vendor="MLM"}} {expected}'] == samples(shown, "licence_server_up")


def test_a_source_is_as_good_as_its_worst_stream(text: Text) -> None:
    """Of two streams one is behind and unreadable: the source is down and behind, lags and counts are added up."""
    bad = replace(STREAM, name="/b", caught_up=False, problem="/b: permission denied.", lag=7, gaps={"deleted": 2})

    shown = text(View(streams=(replace(STREAM, lag=5), bad), sources={"lic1": None}))

    assert [
        'seatwatch_source_up{source="lic1"} 0.0',
        'seatwatch_source_caught_up{source="lic1"} 0.0',
        'seatwatch_source_info{server="lic1",source="lic1",vendor="MLM"} 1.0',
        'seatwatch_log_lag_bytes{source="lic1"} 12.0',
        'seatwatch_gaps_total{reason="deleted",source="lic1"} 3.0',
        'seatwatch_sessions_total{outcome="matched",source="lic1"} 18.0',
    ] == samples(
        shown,
        "seatwatch_source",
        "seatwatch_log_lag",
        "seatwatch_gaps",
        'seatwatch_sessions_total{outcome="matched"',
    )


def test_a_source_is_caught_up_since_its_last_stream_was(text: Text) -> None:
    """The time of a source is that of the stream that came last."""
    later = replace(STREAM, name="/b", features={}, caught_up_since=1_667_000_200.5)

    shown = text(View(streams=(later, STREAM), sources={"lic1": None}))

    assert ['seatwatch_source_caught_up_timestamp_seconds{source="lic1"} 1.6670002005e+09'] == samples(
        shown, "seatwatch_source_caught_up_timestamp"
    )


def test_a_source_without_a_stream_is_down(text: Text) -> None:
    """A configured source for which no log was found is shown, as down, even when it has no problem yet."""
    shown = text(View(sources={"lic1": None}))

    assert ['seatwatch_source_up{source="lic1"} 0.0', 'seatwatch_source_caught_up{source="lic1"} 0.0'] == samples(
        shown, "seatwatch_source"
    )


def test_a_problem_of_the_source_itself_takes_it_down(text: Text) -> None:
    """A source whose one stream is well is down while the source has a problem of its own."""
    shown = text(View(streams=(STREAM,), sources={"lic1": "sources.lic1: /srv can't be listed."}))

    assert ['seatwatch_source_up{source="lic1"} 0.0'] == samples(shown, "seatwatch_source_up")


def test_redundant_servers_are_one_series(text: Text) -> None:
    """One feature in two streams, in either order, is one series with their sum, and their daemon one daemon."""
    down = (DaemonView("lic1", "MLM", up=False, last_event=1_667_000_050),)
    twin = replace(STREAM, name="/b", features={9: replace(MATLAB, in_use=3, drift=None, denials={})}, daemons=down)

    shown = text(View(streams=(STREAM, twin)))

    assert shown == text(View(streams=(twin, STREAM)))
    assert [
        'licence_feature_in_use{feature="MATLAB",server="lic1",vendor="MLM"} 8.0',
        'licence_feature_drift_seats{feature="MATLAB",server="lic1",vendor="MLM"} 1.0',
        'licence_checkouts_total{feature="MATLAB",server="lic1",vendor="MLM"} 24.0',
        'licence_denials_total{class="capacity",feature="MATLAB",server="lic1",vendor="MLM"} 3.0',
        'licence_server_up{server="lic1",vendor="MLM"} 1.0',
        'licence_server_last_event_timestamp_seconds{server="lic1",vendor="MLM"} 1.66700005e+09',
    ] == samples(
        shown,
        'licence_feature_in_use{feature="MATLAB"',
        "licence_feature_drift",
        'licence_checkouts_total{feature="MATLAB"',
        'licence_denials_total{class="capacity"',
        "licence_server",
    )


def test_a_counter_never_loses_the_part_of_one_stream(text: Text) -> None:
    """When one of two redundant servers falls silent, levels are those of the other, but counters don't step back."""
    silent = replace(STREAM, name="/b", stale=True)

    shown = text(View(streams=(STREAM, silent)))

    assert [
        'licence_feature_in_use{feature="MATLAB",server="lic1",vendor="MLM"} 5.0',
        'licence_checkins_total{feature="MATLAB",server="lic1",vendor="MLM"} 14.0',
    ] == samples(shown, 'licence_feature_in_use{feature="MATLAB"', 'licence_checkins_total{feature="MATLAB"')


def test_a_counter_waits_for_all_its_streams(text: Text) -> None:
    """While one of two redundant servers' logs is still being read, the levels of the other are shown, no counters."""
    behind = replace(STREAM, name="/b", caught_up=False)

    shown = text(View(streams=(STREAM, behind)))

    assert ['licence_feature_in_use{feature="MATLAB",server="lic1",vendor="MLM"} 5.0'] == samples(
        shown, 'licence_feature_in_use{feature="MATLAB"'
    )
    assert [] == samples(shown, "licence_checkouts", "licence_checkins", "licence_denials")


def test_a_ledger_whose_size_is_unknown_has_no_size(text: Text) -> None:
    """When the file system gives an error, the two gauges are absent and the scrape is not."""

    def fails() -> int:
        raise FileNotFoundError

    shown = exposition(View(), Health(fails, fails)).scrape("")[1].decode()

    assert [] == samples(shown, "seatwatch_ledger_size", "seatwatch_ledger_disk")
    assert ["seatwatch_ledger_errors_total 0.0"] == samples(shown, "seatwatch_ledger")


@pytest.mark.parametrize(
    ("name", "escaped"),
    [('a "b"', r"a \"b\""), ("C:\\x", r"C:\\x"), ("a\nb", r"a\nb"), ("añ,}{=", "añ,}{="), ("a\udce9", "a?")],
    ids=["quotes", "backslash", "newline", "braces", "not UTF-8"],
)
def test_names_of_any_kind_are_label_values(text: Text, name: str, escaped: str) -> None:
    """Quotes, backslashes, newlines and what isn't UTF-8 in a name neither break the page nor get lost."""
    shown = text(View(streams=(replace(STREAM, features={1: replace(MATLAB, feature=name)}),)))

    assert [f'licence_feature_in_use{{feature="{escaped}",server="lic1",vendor="MLM"}} 5.0'] == samples(
        shown, "licence_feature_in_use{"
    )


def test_open_metrics_read_back(health: Health) -> None:
    """What an OpenMetrics reader finds is what the collector gave, odd names included."""
    odd = replace(STREAM, features={1: replace(MATLAB, feature='C:\\a "b"\nc')})
    content_type, page = exposition(View(streams=(odd,)), health).scrape(OPEN_METRICS)
    parsed = text_string_to_metric_families(page.decode())  # type: ignore[no-untyped-call]  # the library leaves it so
    read = {sample.name: sample for family in parsed for sample in family.samples}

    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    labels = {"server": "lic1", "vendor": "MLM", "feature": 'C:\\a "b"\nc'}
    assert (labels, 12.0) == read["licence_checkouts_total"][1:3]
    assert {"server": "lic1", "vendor": "MLM"} == read["licence_server_up"].labels


@pytest.mark.parametrize("accept", ["application/openmetrics-text; version=x", "text/plain;version=x", "*/*", ""])
def test_an_odd_accept_header_is_no_error(health: Health, accept: str) -> None:
    """A version that is no number, or a type that isn't known, gets a page of the type that its header says."""
    content_type, page = exposition(VIEW, health).scrape(accept)

    assert ("openmetrics" in content_type) == page.endswith(b"# EOF\n")
    assert page.startswith(b"# HELP licence_feature_in_use ")


def test_at_most_24_series_a_feature(health: Health) -> None:
    """A feature that has seen everything has no more series than a site can plan with."""
    kinds = {"capacity": 1, "unsupported": 1, "expired": 1, "excluded": 1, "version": 1, "other": 1}
    stream = replace(STREAM, features={1: replace(MATLAB, denials=kinds)})

    page = exposition(View(streams=(stream,)), health).scrape(OPEN_METRICS)[1].decode()
    series = [line for line in page.splitlines() if 'feature="MATLAB"' in line]

    assert len(series) <= 24
    assert len(series) == len({line.rpartition(" ")[0] for line in series})


def test_what_the_configuration_does_not_tell_is_absent(text: Text) -> None:
    """Without a capacity there are no issued seats, and no time is told for which they were all in use."""
    shown = samples(text(VIEW), "licence")

    assert [] == [line for line in shown if "SIMULINK" in line and ("issued" in line or "saturated" in line)]


def test_durations_wait_for_all_streams(text: Text) -> None:
    """Those of redundant servers are added up, not before each has caught up, and are absent when none is shown."""
    twin = replace(STREAM, name="/b")
    count = 'licence_session_duration_seconds_count{server="lic1",vendor="MLM"}'

    assert [f"{count} 14.0"] == samples(text(View(streams=(STREAM, twin))), count)
    assert [] == samples(text(View(streams=(STREAM, replace(twin, caught_up=False)))), "licence_session", "licence_que")
    assert [f"{count} 14.0"] == samples(text(View(streams=(STREAM, replace(twin, stale=True)))), count)
    assert [] == samples(text(View(streams=(replace(STREAM, stale=True),))), "licence_session", "licence_que")


def test_buckets_of_an_older_version_are_not_lost(text: Text) -> None:
    """A bucket with another bound counts in the next one that holds it."""
    stream = replace(STREAM, durations={("MLM", "session"): {59: (1, 50), 61: (2, 122)}})
    shown = samples(text(View(streams=(stream,))), "licence_session_duration_seconds_bucket")

    assert ["1.0", "3.0", "3.0"] == [line.rpartition(" ")[2] for line in shown[:3]]


def test_both_formats_tell_the_same(health: Health) -> None:
    """What a reader of OpenMetrics finds of licences is what a reader of the older text finds."""
    shown = exposition(VIEW, health)
    old = read_text(shown.scrape("")[1].decode())
    page = shown.scrape(OPEN_METRICS)[1].decode()
    new = text_string_to_metric_families(page)  # type: ignore[no-untyped-call]  # the library leaves it so
    told = [
        {
            (sample.name, tuple(sorted(sample.labels.items())), sample.value, family.type, family.documentation)
            for family in families
            for sample in family.samples
            if sample.name.startswith("licence_")
        }
        for families in (old, new)
    ]

    assert told[0] == told[1]


def test_uses_of_several_logs_are_one_counter(text: Text) -> None:
    """They are added up by cluster, and absent while one of the logs has old lines to count, or none is shown."""
    twin = replace(STREAM, name="/b", uses={("stampede2", "lmod"): 30, ("vista", "lmod"): 2})
    both = samples(text(View(streams=(STREAM, twin))), "licence_uses_total")
    behind = samples(text(View(streams=(STREAM, replace(twin, caught_up=False)))), "licence_uses_total")
    unreadable = replace(STREAM, problem="It can't be read.")

    cluster = 'licence_uses_total{server="%s",vendor="lmod"} %s'
    assert [cluster % ("stampede2", 37.0), cluster % ("vista", 2.0)] == both
    assert [] == behind
    assert [] == samples(text(View(streams=(unreadable,))), "licence_uses_total")


def test_transfers_of_several_logs_are_added_up(text: Text) -> None:
    """Files, bytes, errors and late files each, by machine, direction and client; absent while a log is behind."""
    twin = replace(STREAM, name="/b", transfers={("px1", "tx", "pier"): Transferred(10, 20, 30, 40)})
    both = samples(
        text(View(streams=(STREAM, twin))), "transfer_files", "transfer_bytes", "transfer_err", "transfer_late_"
    )
    behind = samples(text(View(streams=(STREAM, replace(twin, caught_up=False)))), "transfer_files")

    labels = '{client="pier",direction="tx",machine="px1"}'
    assert [
        f"transfer_files_total{labels} 15.0",
        f"transfer_bytes_total{labels} 4020.0",
        f"transfer_errors_total{labels} 32.0",
        f"transfer_late_files_total{labels} 41.0",
    ] == both
    assert [] == behind
