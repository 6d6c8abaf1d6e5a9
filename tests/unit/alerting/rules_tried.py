"""A calm world as Prometheus sees it, what happens in it minute by minute, and promtool's word on which alerts fire."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from exporter.alerting.document import rules_document
from exporter.tuning import AlertSettings

SCRAPE = 'job="seatwatch",instance="here"'
DAEMON = f'{SCRAPE},server="lic1",vendor="acornd"'
FEATURE = f'{DAEMON},feature="base"'
PRODUCT = f'{SCRAPE},product="Acorn"'
SOURCE = f'{SCRAPE},source="lic"'
SINK = f'{SCRAPE},sink="main",tier="live"'
LONG_AGO = -10_000_000
FAR_OFF = 10_000_000_000
Values = Sequence[float | None]
"""One for each minute; None: nothing is scraped."""


def calm(minutes: int) -> dict[str, Values]:
    """Return the series of a world in which all is well for so long."""
    now = [60 * minute for minute in range(minutes)]
    still = {
        f"licence_feature_in_use{{{FEATURE}}}": 5,
        f"licence_feature_issued{{{FEATURE}}}": 10,
        f"licence_feature_users{{{FEATURE}}}": 4,
        f"licence_feature_drift_seats{{{FEATURE}}}": 0,
        f"licence_feature_expiry_timestamp_seconds{{{FEATURE}}}": FAR_OFF,
        f"licence_denials_effective_total{{{FEATURE}}}": 3,
        f"licence_product_in_use{{{PRODUCT}}}": 5,
        f"licence_product_issued{{{PRODUCT}}}": 10,
        f"licence_server_up{{{DAEMON}}}": 1,
        f"seatwatch_source_up{{{SOURCE}}}": 1,
        f"seatwatch_source_caught_up{{{SOURCE}}}": 1,
        f"seatwatch_source_caught_up_timestamp_seconds{{{SOURCE}}}": LONG_AGO,
        f'seatwatch_source_info{{{SOURCE},server="lic1",vendor="acornd"}}': 1,
        f"seatwatch_log_lag_bytes{{{SOURCE}}}": 0,
        f"seatwatch_features_dropped{{{SOURCE}}}": 0,
        f"seatwatch_writer_on_rotated_file{{{SOURCE}}}": 0,
        f'seatwatch_log_lines_total{{{SOURCE},outcome="unparsed"}}': 7,
        f'seatwatch_log_lines_total{{{SOURCE},outcome="oversize"}}': 0,
        f'seatwatch_stopless{{{SOURCE},vendor="acornd"}}': 0,
        f"seatwatch_sink_pending_rows{{{SINK}}}": 0,
        f"seatwatch_ledger_disk_free_bytes{{{SCRAPE}}}": 1e12,
        f"seatwatch_ledger_errors_total{{{SCRAPE}}}": 2,
        f"seatwatch_config_last_reload_successful{{{SCRAPE}}}": 1,
        f"up{{{SCRAPE}}}": 1,
    }
    moving = {
        f"licence_server_last_event_timestamp_seconds{{{DAEMON}}}": now,
        f'seatwatch_log_lines_total{{{SOURCE},outcome="understood"}}': [10 * minute for minute in range(minutes)],
        f"seatwatch_sink_last_success_timestamp_seconds{{{SINK}}}": now,
    }
    return {**{name: [value] * minutes for name, value in still.items()}, **moving}


def without(world: Mapping[str, Values], prefix: str, start: int, end: int) -> dict[str, Values]:
    """Return the series of *world* whose names begin so, with nothing scraped from one minute up to another."""
    return {
        name: [*values[:start], *[None] * (end - start), *values[end:]]
        for name, values in world.items()
        if name.startswith(prefix)
    }


def fires(
    promtool: str,
    folder: Path,
    world: Mapping[str, Values],
    expected: Mapping[int, Iterable[str]],
    settings: AlertSettings | None = None,
    also: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Have promtool find that exactly the *expected* alerts fire at each minute; *also*: tests of single alerts."""
    (folder / "rules.yml").write_text(rules_document(settings or AlertSettings()))
    tests = [
        {
            "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
            "eval_time": f"{minute}m",
            "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": n} for name, n in Counter(names).items()],
        }
        for minute, names in expected.items()
    ]
    series = [{"series": name, "values": " ".join(map(_written, values))} for name, values in world.items()]
    trial = {"interval": "1m", "input_series": series, "promql_expr_test": tests, "alert_rule_test": [*also]}
    document = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [trial]}
    (folder / "trial.yml").write_text(yaml.safe_dump(document, width=10_000, allow_unicode=True))
    ran = subprocess.run(
        [promtool, "test", "rules", "trial.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _written(value: float | None) -> str:
    # Gone from one scrape to the next, as Prometheus notes it: not only after five minutes.
    return "stale" if value is None else repr(value)
