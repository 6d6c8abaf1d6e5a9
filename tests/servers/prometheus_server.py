"""Prometheus, as Debian ships it, on a port and in a folder of its own; and how it is asked what Grafana would ask."""

from __future__ import annotations

import json
import re
import signal
import socket
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from tests.e2e.running import fetch, until
from tests.servers.grafana import Asked, Value, filled
from tests.servers.installed import installed
from tests.servers.unprivileged import Unprivileged

_LABEL_VALUES = re.compile(r"label_values\((.+),\s*(\w+)\)", re.DOTALL)
Series = dict[str, Any]


class PrometheusServer:
    """A server that scrapes each second."""

    def __init__(self) -> None:
        """Make its folder."""
        self._path = installed("prometheus", "prometheus")
        self._server = Unprivileged("prometheus")
        self.url = ""

    def start(self, targets: Sequence[str], rules: str = "") -> None:
        """Start it, and wait until it serves; *targets* are ``host:port``."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = f"127.0.0.1:{free.getsockname()[1]}"
        folder = self._server.folder
        config: dict[str, Any] = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "scrape_configs": [{"job_name": "seatwatch", "static_configs": [{"targets": list(targets)}]}],
        }
        if rules:
            (folder / "rules.yml").write_text(rules)
            config["rule_files"] = [str(folder / "rules.yml")]
        (folder / "prometheus.yml").write_text(json.dumps(config))
        (folder / "data").mkdir()
        (folder / "data").chmod(0o777)
        running = self._server.start(
            self._path,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={address}",
        )
        self.url = f"http://{address}"

        def serves() -> bool:
            assert running.runs, running.errors
            return fetch(f"{self.url}/-/ready").status == 200

        until("Prometheus serves", serves)

    def remove(self) -> None:
        """End it, and remove all that it had."""
        self._server.end(signal.SIGKILL)
        self._server.remove()

    def value(self, text: str) -> float | None:
        """Return the value of a query that gives one series now; None: it gives none."""
        found: list[Series] = self._ask("query", query=text)
        assert len(found) <= 1, text
        return float(found[0]["value"][1]) if found else None

    def series(self, text: str, at: float) -> list[Series]:
        """Return what a query gives at one moment."""
        found: list[Series] = self._ask("query", query=text, time=at)
        return found

    def answer(self, asked: Asked, chosen: Mapping[str, Value], start: float, end: float) -> list[Any]:
        """
        Return what a query of a board gives from *start* to *end*: series with values, or the names of a variable.

        Grafana's own variables are filled in as for a panel of a point a second, or of the query's own step. Raises
        AssertionError with Prometheus' own words when it refuses the query.
        """
        own = {"__range": f"{int(end - start)}s", "__rate_interval": "15s", "__interval": asked.step or "1s"}
        text = filled(asked.text, {**chosen, **own})
        if asked.kind == "variable":
            values = _LABEL_VALUES.fullmatch(text)
            assert values, f"{asked.where}: {text}"
            series = self._ask("series", **{"match[]": values[1], "start": start, "end": end})
            return sorted({one[values[2]] for one in series if values[2] in one})
        if asked.instant:
            found = self._ask("query", query=text, time=end)
        else:
            found = self._ask("query_range", query=text, start=start, end=end, step=1)
        return [one for one in found if _numbers(one)]

    def _ask(self, what: str, **words: object) -> Any:
        found = fetch(f"{self.url}/api/v1/{what}?{urlencode(words)}")
        assert found.status == 200, f"{words}: {found.text}"
        return json.loads(found.text)["data"] if what == "series" else json.loads(found.text)["data"]["result"]


def _numbers(series: Series) -> bool:
    """Whether a series has a value that is a number, and not what 0 by 0 is."""
    return any(value != "NaN" for _, value in series.get("values", [series.get("value")]))
