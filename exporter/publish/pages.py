"""
The pages for people and for probes: landing page, health, readiness. Pure.

Names and problems come from logs and file systems: they are escaped, and what UTF-8 can't say is replaced.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import NamedTuple

from exporter.publish.combine import SourceSum, sources
from exporter.views import View

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


def landing(view: View, version: str) -> Page:
    """Show where the metrics are and how the sources do."""
    rows = "".join(
        f"<tr><td>{escape(source.name)}</td><td>{source.streams}</td><td>{escape(_state(source))}</td></tr>\n"
        for source in sources(view)
    )
    text = _LANDING.format(version=escape(version), rows=rows)
    return Page(HTTPStatus.OK, HTML, text.encode(errors="replace"))


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
<thead><tr><th scope="col">Source</th><th scope="col">Logs</th><th scope="col">State</th></tr></thead>
<tbody>
{rows}</tbody>
</table>
</body>
</html>
"""
