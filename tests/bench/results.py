"""All that a run of the benchmark measured, and the figures it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from tests.bench.collecting import Collected
from tests.bench.decade import Decade
from tests.bench.delay import Delays
from tests.bench.figures import Figure
from tests.bench.hosts import Hosts
from tests.bench.idle import Idle
from tests.bench.live import Live
from tests.bench.logins import Logins
from tests.bench.looking import Looking
from tests.bench.made_log import FEATURES, MadeLog
from tests.bench.measuring import Cost
from tests.bench.modules import Modules
from tests.bench.quiet import Quiet
from tests.bench.scraping import Scraped
from tests.bench.shipping import MOST_MB, Shipped
from tests.bench.transfers import Transfers

RUNS = 3
"""How often the log is read whole, by each."""


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that was measured; *yardstick* is empty without mtail."""

    log: MadeLog
    collected: Sequence[Collected]
    yardstick: Sequence[Cost]
    delays: Delays
    scraped: Scraped
    idle: Sequence[Idle]
    """With few logs, and with many."""
    decade: Decade
    quiet: Quiet
    live: Live
    hosts: Hosts
    modules: Modules
    transfers: Transfers
    logins: Logins
    shipped: Shipped
    looking: Looking


def figures_of(results: Results) -> Iterator[Figure]:
    """Yield the figures of the table."""
    log, costs = results.log, [one.cost for one in results.collected]
    seconds = median(cost.seconds for cost in costs)
    theirs = ratio = None
    if results.yardstick:
        theirs = log.lines / median(cost.seconds for cost in results.yardstick) / 1e6
        # Each run is held against the one beside it: what else the machine does meanwhile slows both.
        pairs = zip(costs, results.yardstick, strict=True)
        ratio = median(mtail.seconds / ours.seconds for ours, mtail in pairs)
    user, system = median(cost.user_seconds for cost in costs), median(cost.system_seconds for cost in costs)
    yield Figure("collect_mlines_s", "collect: lines", log.lines / seconds / 1e6, "M lines/s", 3, at_least=0.25)
    yield Figure("collect_mb_s", "collect: bytes", log.bytes / 1e6 / seconds, "MB/s", 1)
    yield Figure("collect_seconds", "collect: wall clock", seconds, "s", 2)
    yield Figure("collect_user_seconds", "collect: CPU, user", user, "s", 2)
    yield Figure("collect_system_seconds", "collect: CPU, system", system, "s", 2)
    yield Figure("collect_rss_mb", "collect: peak memory", max(cost.rss_mb for cost in costs), "MB", 0, below=150)
    per_line = median(one.ledger_bytes for one in results.collected) / log.lines
    yield Figure("ledger_bytes_line", "ledger: bytes a line of log", per_line, "B", 1, at_most=250)
    yield Figure("mtail_mlines_s", "mtail, counting: lines", theirs, "M lines/s", 3)
    yield Figure("ratio_to_mtail", "collect's speed to mtail's", ratio, "", 2, at_least=0.6)
    delays = results.delays
    yield Figure("delay_p50_ms", "append to /metrics: median", delays.p50 * 1e3, "ms", 0)
    yield Figure("delay_p99_ms", "append to /metrics: 99 %", delays.p99 * 1e3, "ms", 0, below=250)
    yield Figure("delay_max_ms", "append to /metrics: longest", delays.worst * 1e3, "ms", 0)
    yield Figure("scrape_ms", "a scrape alone", delays.scrape * 1e3, "ms", 1)
    wide = results.scraped
    what = f"a scrape of {wide.series:,} series"
    yield Figure("scrape_wide_ms", what, wide.seconds * 1e3, "ms", 1, below=100)
    for idle, cpu_percent, rss_mb in zip(results.idle, (1, 5), (150, None), strict=True):
        key, what = f"idle_{idle.logs}", f"{idle.logs:,} quiet logs"
        yield Figure(f"{key}_cpu_percent", f"{what}: CPU", idle.cpu_share * 100, "% of a core", 2, below=cpu_percent)
        yield Figure(f"{key}_rss_mb", f"{what}: memory", idle.rss_mb, "MB", 0, below=rss_mb)
    yield from _of_windows(results.decade, results.quiet, results.live)
    for key, what, one in (
        ("hosts", "accounting", results.hosts),
        ("modules", "module loads", results.modules),
        ("transfers", "file transfers", results.transfers),
    ):
        speed, grep = one.lines / one.cost.seconds, one.lines / one.grep.seconds
        yield Figure(f"{key}_mlines_s", f"{what}: lines", speed / 1e6, "M lines/s", 3, at_least=0.25)
        yield Figure(f"{key}_rss_mb", f"{what}: peak memory", one.cost.rss_mb, "MB", 0, below=150)
        yield Figure(f"{key}_to_grep", f"{what}: speed to that of `grep -c`", speed / grep, "", 4)
    logins = results.logins
    yield Figure("logins_mrecords_s", "wtmp: records", logins.records / logins.cost.seconds / 1e6, "M records/s", 3)
    yield Figure("logins_rss_mb", "wtmp: peak memory", logins.cost.rss_mb, "MB", 0, below=150)
    yield from _of_shipping(results.shipped, results.looking)


def _of_windows(decade: Decade, quiet: Quiet, live: Live) -> Iterator[Figure]:
    """Yield the figures of ledgers that grow old, of quiet, and of minutes."""
    old, empty = (median(one.cost.seconds for one in into) for into in (decade.into_old, decade.into_empty))
    pairs = zip(decade.into_empty, decade.into_old, strict=True)
    ratio = median(fresh.cost.seconds / grown.cost.seconds for fresh, grown in pairs)
    what = f"{decade.lines:,} lines"
    yield Figure("decade_bytes", "ledger of ten years", decade.made.ledger_bytes / 1e6, "MB", 0)
    yield Figure("decade_made_seconds", "ledger of ten years: made in", decade.made.cost.seconds, "s", 1)
    yield Figure("into_decade_seconds", f"{what} into it", old, "s", 2)
    yield Figure("into_empty_seconds", f"{what} into an empty ledger", empty, "s", 2)
    yield Figure("ratio_to_empty", "speed into ten years to that into an empty ledger", ratio, "", 2, at_least=0.9)
    what = f"{quiet.features} quiet features"
    yield Figure("quiet_mb_day", f"{what}: ledger grows a day", quiet.bytes_a_day / 1e6, "MB", 2, at_most=10)
    yield Figure("quiet_minute_rows", f"{what}: rows written in a minute", quiet.minute_rows, "", at_most=1)
    yield Figure("quiet_most_rows", f"{what}: rows in the minute of most", quiet.most_rows, "")
    what = f"minutes of a day, {FEATURES} features"
    yield Figure("live_seconds", what, live.seconds, "s", 2, below=1)
    yield Figure("live_checkouts", f"{what}: check-outs", live.checkouts, "")


def _of_shipping(shipped: Shipped, looking: Looking) -> Iterator[Figure]:
    """Yield the figures of sinks."""
    ours = bare = ratio = None
    if shipped.runs:
        ours = shipped.points / median(run.ours.seconds for run in shipped.runs) / 1e3
        bare = shipped.points / median(run.bare_seconds for run in shipped.runs) / 1e3
        ratio = median(run.bare_seconds / run.ours.seconds for run in shipped.runs)
    alone = shipped.points / shipped.to_nothing.seconds / 1e3
    what = f"{shipped.points / 1e6:.2f} M windows"
    yield Figure("ship_kpoints_s", f"{what} to InfluxDB", ours, "k windows/s", 1)
    yield Figure("bare_kpoints_s", "the same bytes by a bare client", bare, "k windows/s", 1)
    yield Figure("ratio_to_bare", "speed of shipping to the bare client's", ratio, "", 2, at_least=0.8)
    yield Figure("ship_alone_kpoints_s", f"{what} to a server that stores nothing", alone, "k windows/s", 1)
    yield Figure("ship_rss_mb", f"{what}: peak memory", shipped.rss_mb, "MB", 0, below=MOST_MB)
    what = f"a sink's look, {looking.features:,} features, nothing due"
    yield Figure("look_ms", what, looking.seconds * 1e3, "ms", 1, below=10)


def about_log(results: Results) -> str:
    """Return sentences on what was read, and on what was found right."""
    log = results.log
    against = "mtail's the same" if results.yardstick else "mtail is not installed"
    return (
        f"Log: {log.lines:,} lines, {log.bytes / 1e6:.1f} MB, {log.open_sessions:,} sessions open at its end; "
        f"median of {RUNS} runs. Counts of the ledger are right, {against}."
    )


def single_runs(results: Results) -> dict[str, object]:
    """Return the numbers of each run, for machines."""
    log = results.log
    return {
        "log": {"lines": log.lines, "bytes": log.bytes, "open_sessions": log.open_sessions},
        "collect": [asdict(one) for one in results.collected],
        "mtail": [asdict(one) for one in results.yardstick],
        "delays": asdict(results.delays),
        "idle": [asdict(one) for one in results.idle],
        "decade": asdict(results.decade),
        "quiet": asdict(results.quiet),
        "live": asdict(results.live),
        "hosts": asdict(results.hosts),
        "modules": asdict(results.modules),
        "transfers": asdict(results.transfers),
        "logins": asdict(results.logins),
        "shipped": asdict(results.shipped),
        "looking": asdict(results.looking),
    }
