"""
The yardstick: mtail, a counter of log lines in wide use, on the same log.

Its program counts the three verbs by vendor and feature, which is the least that an exporter has to do: it pairs no
sessions and keeps nothing.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

from tests.bench.collecting import compare
from tests.bench.made_log import VERBS, Counts, MadeLog
from tests.bench.measuring import Cost, measure

_COUNTERS = {"OUT": "checkouts_total", "IN": "checkins_total", "DENIED": "denials_total"}
_RULE = """
counter {counter} by vendor, feature
/^ ?\\d+:\\d\\d:\\d\\d \\((?P<vendor>\\S+)\\) {verb}: "(?P<feature>[^"]+)"/ {{
  {counter}[$vendor][$feature]++
}}
"""
PROGRAM = "".join(_RULE.format(verb=verb, counter=_COUNTERS[verb]) for verb in VERBS)
_SAMPLE = re.compile(r'^(\w+)\{feature="([^"]+)",.*\} (\d+)$', re.MULTILINE)


def mtail_path() -> str | None:
    """Return the path of mtail, None where it isn't installed."""
    return shutil.which("mtail")


def count(mtail: str, log: MadeLog, folder: Path) -> Cost:
    """Let *mtail* count *log* once, its files in the empty *folder*. Raises BenchFault when its counts are wrong."""
    (folder / "progs").mkdir()
    (folder / "progs" / "licences.mtail").write_text(PROGRAM, encoding="utf-8")
    command = [mtail, "--one_shot", "--one_shot_format", "prometheus", "--log_dir", str(folder)]
    cost, page = measure([*command, "--progs", str(folder / "progs"), "--logs", str(log.path)], folder)
    compare(log.counts, _counts(page), "mtail")
    return cost


def _counts(page: str) -> Counts:
    """Return what mtail printed, by verb and feature."""
    samples = _SAMPLE.findall(page)
    return {
        verb: Counter({feature: int(number) for name, feature, number in samples if name == counter})
        for verb, counter in _COUNTERS.items()
    }
