"""
How fast Seatwatch is on this machine: ``run.py [--lines N] [--json FILE] [--write PAGE]``.

Ends with 1 when a result is wrong; a machine that is slow only misses targets. The log it reads stays in ``var/bench``.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # as a script it finds its own folder only

from tests.bench.collecting import SEATWATCH, collect
from tests.bench.decade import measure_decade, shapes
from tests.bench.delay import APPENDS, measure_delays
from tests.bench.figures import block, machine, place, show, write_block
from tests.bench.hosts import measure_hosts
from tests.bench.idle import FEW, MANY, SECONDS, measure_idle
from tests.bench.live import THREE_DAYS, measure_live
from tests.bench.logins import measure_logins
from tests.bench.looking import measure_looking
from tests.bench.made_log import MadeLog, busy, make
from tests.bench.measuring import ROOT, BenchFault
from tests.bench.modules import measure_modules
from tests.bench.quiet import measure_quiet
from tests.bench.results import RUNS, Results, about_log, figures_of, single_runs
from tests.bench.scraping import SERIES, measure_scrape
from tests.bench.shipping import YEAR, influxd_path, measure_shipping
from tests.bench.transfers import measure_transfers
from tests.bench.yardstick import count, mtail_path

FOLDER = ROOT / "var" / "bench"


def main() -> int:
    """Run the benchmark and return the exit status."""
    wanted = _arguments()
    console = Console(stderr=True, highlight=False)
    where = machine()
    try:
        if wanted.write:
            place(wanted.write)  # to hear of a page that can't be filled before the minutes of measuring
        results = _measure(wanted.lines, console.print)
        figures = list(figures_of(results))
        about = about_log(results)
        show(figures, about, Console())
        if wanted.json:
            facts = {"machine": where, "figures": {one.key: one.value for one in figures}, **single_runs(results)}
            wanted.json.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        if wanted.write:
            version = subprocess.run([*SEATWATCH, "--version"], cwd=ROOT, capture_output=True, text=True, check=True)
            command = shlex.join(["python", "tests/bench/run.py", *sys.argv[1:]])
            write_block(wanted.write, block(figures, about, {"program": version.stdout.strip()} | where, command))
    except BenchFault as fault:
        console.print(str(fault), style="red", markup=False)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast Seatwatch is on this machine.")
    parser.add_argument("--lines", type=_whole, default=2_000_000, help="of the log that is read (2,000,000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number there")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the figures into this page")
    return parser.parse_args()


def _whole(text: str) -> int:
    """Return a number of lines. Raises ArgumentTypeError, which argparse tells the user."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of lines; give a whole number from 1 on")
    return int(text)


def _measure(lines: int, say: Callable[[str], None]) -> Results:
    """Measure one thing after the other, saying what is under way."""
    say(f"The log: {lines:,} lines in {FOLDER.relative_to(ROOT)}")
    log = make(FOLDER, busy(lines))
    _warm(log)
    collected, yardstick = [], []
    mtail = mtail_path()
    if mtail is None:
        say("mtail is not installed: there is nothing to compare with (Debian's package mtail)")
    for number in range(1, RUNS + 1):
        say(f"Reading it whole, {number} of {RUNS}")
        with _empty_folder() as folder:
            collected.append(collect(log, folder))
        if mtail is not None:
            with _empty_folder() as folder:
                yardstick.append(count(mtail, log, folder))
    say(f"Appending {APPENDS} lines, one after the other")
    with _empty_folder() as folder:
        delays = measure_delays(folder)
    say(f"Scraping {SERIES:,} series")
    with _empty_folder() as folder:
        scraped = measure_scrape(folder)
    idle = []
    for logs in (FEW, MANY):
        say(f"Watching {logs:,} quiet logs for {SECONDS:.0f} s")
        with _empty_folder() as folder:
            idle.append(measure_idle(folder, logs))
    say("A ledger of ten years, and a month into it and into an empty one")
    years, month = (make(FOLDER, shape) for shape in shapes())
    with _empty_folder() as folder:
        decade = measure_decade(years, month, folder)
    say("Minutes of a day")
    with _empty_folder() as folder:
        live = measure_live(make(FOLDER, THREE_DAYS), folder)
    say("Days without an event")
    with _empty_folder() as folder:
        quiet = measure_quiet(folder)
    say("Accounting of many hosts")
    with _empty_folder() as folder:
        hosts = measure_hosts(folder)
    say("Module loads")
    with _empty_folder() as folder:
        modules = measure_modules(folder)
    say("File transfers")
    with _empty_folder() as folder:
        transfers = measure_transfers(folder)
    say("Logins of a host")
    with _empty_folder() as folder:
        logins = measure_logins(folder)
    if influxd_path() is None:
        say("influxd is not installed: there is nothing to ship to (Debian's package influxdb)")
    say("A year of windows to InfluxDB")
    with _empty_folder() as folder:
        shipped = measure_shipping(make(FOLDER, YEAR), folder)
    say("Looks of a sink that has nothing to do")
    with _empty_folder() as folder:
        looking = measure_looking(folder)
    return Results(
        *(log, collected, yardstick, delays, scraped, idle, decade, quiet, live),
        *(hosts, modules, transfers, logins, shipped, looking),
    )


def _warm(log: MadeLog) -> None:
    """Read the log once, so that the first run finds it in memory as the others do."""
    with log.path.open("rb") as file:
        while file.read(1 << 20):
            pass


@contextmanager
def _empty_folder() -> Iterator[Path]:
    """Give a folder beside the log, on a real disk: ledgers are synced to it."""
    with TemporaryDirectory(dir=FOLDER, prefix="run-") as name:
        yield Path(name)


if __name__ == "__main__":
    sys.exit(main())
