"""
The pages for people and for probes: landing page, health, readiness. Pure.

Names and problems come from logs and file systems: they are escaped, and what UTF-8 can't say is replaced.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import NamedTuple

from exporter.publish.board import FeatureShown, Shown
from exporter.publish.combine import SourceSum, sources
from exporter.views import Key, View

PLAIN = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


class Page(NamedTuple):
    """An answer to a request."""

    status: HTTPStatus
    content_type: str
    body: bytes


def plain(status: HTTPStatus, text: str) -> Page:
    """Return *text* as a page."""
    return Page(status, PLAIN, f"{text}\n".encode(errors="replace"))


def health() -> Page:
    """Say that the process answers."""
    return plain(HTTPStatus.OK, "ok")


def readiness(view: View) -> Page:
    """Say whether every readable log has been read to its end once, and if not, what is still being read."""
    if view.ready:
        return plain(HTTPStatus.OK, "ready")
    behind = [f"{source.name}: {_state(source)}" for source in sources(view) if not source.caught_up]
    return plain(HTTPStatus.SERVICE_UNAVAILABLE, "\n".join(["not ready", *behind]))


def landing(shown: Shown, version: str) -> Page:
    """Show which features are nearest to their last seat, where the metrics are, and how the sources do."""
    rows = "".join(
        f"<tr><td>{escape(source.name)}</td><td>{source.streams}</td><td>{escape(_state(source))}</td></tr>\n"
        for source in sources(shown.view)
    )
    features = sorted((one for one in shown.features if not one.sum.stopless), key=_fullest)
    seats = "".join(_seats(one) for one in features[:_FEATURES])
    more = f"<p>And {len(features) - _FEATURES} more, see the metrics.</p>\n" if len(features) > _FEATURES else ""
    text = _LANDING.format(version=escape(version), rows=rows, seats=seats or _NO_SEATS, more=more)
    return Page(HTTPStatus.OK, HTML, text.encode(errors="replace"))


def _fullest(feature: FeatureShown) -> tuple[float, int, Key]:
    """Give the order of the features: those with the largest share of their seats in use first."""
    return -(feature.sum.in_use / feature.issued if feature.issued else 0.0), -feature.sum.in_use, feature.key


def _seats(feature: FeatureShown) -> str:
    server, vendor, name = map(escape, feature.key)
    used, issued = feature.sum.in_use, feature.issued
    full = "at its limit" if issued and used >= issued else ""
    share = f'<meter min="0" max="{issued}" high="{issued}" value="{min(used, issued)}"></meter>' if issued else ""
    seats = f"{used} of {issued}" if issued is not None else str(used)
    return (
        f"<tr><td>{name}</td><td>{vendor}@{server}</td><td>{seats}</td><td>{share}</td><td>{feature.sum.users}</td>"
        f"<td>{full}</td></tr>\n"
    )


def _state(source: SourceSum) -> str:
    """Return how *source* does, in a few words or in the sentences of its problems."""
    if source.problems:
        return " ".join(source.problems)
    if not source.streams:
        return "no log found yet"
    if not source.caught_up:
        return f"catching up, {source.lag} bytes to go"
    if source.stale:
        return "read to its end, but stale: nothing was written for long, so its features are not shown"
    return "up to date"


_FEATURES = 50
"""Features on the page, the fullest."""
_NO_SEATS = '<tr><td colspan="6">No log is read to its end yet, or all of them are stale.</td></tr>\n'

_LANDING = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Seatwatch</title>
<style>
body {{ font-family: sans-serif; margin: 2em; max-width: 60em; }}
table {{ border-collapse: collapse; }}
meter {{ width: 12em; }}
th, td {{ border-bottom: 1px solid #999; padding: .3em 1em .3em 0; text-align: left; vertical-align: top; }}
</style>
</head>
<body>
<h1>Seatwatch {version}</h1>
<p>Reads the logs of licence servers and shows how licences are used.</p>
<ul>
<li><a href="metrics">metrics</a> for Prometheus</li>
<li><a href="healthz">healthz</a>: whether the process answers</li>
<li><a href="readyz">readyz</a>: whether every log has been read to its end</li>
</ul>
<table>
<thead><tr><th scope="col">Feature</th><th scope="col">Server</th><th scope="col">Seats in use</th><th></th>
<th scope="col">Users</th><th></th></tr></thead>
<tbody>
{seats}</tbody>
</table>
{more}<h2>Logs</h2>
<table>
<thead><tr><th scope="col">Source</th><th scope="col">Logs</th><th scope="col">State</th></tr></thead>
<tbody>
{rows}</tbody>
</table>
</body>
</html>
"""
