"""Ways from board to board that keep the time, the data sources and what was chosen."""

from __future__ import annotations

from typing import Any

TAG = "seatwatch"
"""All boards have it, and find one another by it."""
UIDS = {
    name: f"seatwatch-{name}"
    for name in (
        "overview",
        "feature",
        "denials",
        "history",
        "longterm",
        "people",
        "transfers",
        "modules",
        "labs",
        "pipeline",
    )
}
"""Of every board, in the order in which they are told of; they never change, so that links from elsewhere hold."""
_SOURCES = "${prometheus:queryparam}&${influxdb:queryparam}"


def menu() -> dict[str, Any]:
    """Return the menu of all boards that stands above each of them."""
    return _link("Boards", "dashboards", tags=[TAG], asDropdown=True, includeVars=True, keepTime=True)


def page(name: str, title: str, since: str) -> dict[str, Any]:
    """Return a link above a board to itself over another time, from *since*, such as ``now-7d``, until now."""
    return _link(title, "link", url=f"/d/{UIDS[name]}?from={since}&to=now", includeVars=True)


def to_board(name: str, title: str, **variables: str) -> dict[str, Any]:
    """
    Return a link from a value to a board; *variables*: what is chosen there, each by its label or field.

    Values go into the link percent-encoded, for names hold `&`, `#`, `/` and what not. A value in a series is found by
    its label, in a table by its column (`table`).
    """
    chosen = "".join(f"&var-{variable}={value}" for variable, value in variables.items())
    return _link(title, "link", url=f"/d/{UIDS[name]}?${{__url_time_range}}&{_SOURCES}{chosen}")


def label(name: str) -> str:
    """Return a label of the series that was clicked."""
    return f"${{__field.labels.{name}:percentencode}}"


def column(name: str) -> str:
    """Return a column of the row that was clicked."""
    return f"${{__data.fields.{name}:percentencode}}"


def to_feature(*, table: bool = False) -> dict[str, Any]:
    """Return the link from a value of a feature to the board about it."""
    take = column if table else label
    return to_board("feature", "About this feature", **{name: take(name) for name in ("server", "vendor", "feature")})


def _link(title: str, kind: str, **more: Any) -> dict[str, Any]:
    plain = {"icon": "external link", "tooltip": "", "tags": [], "asDropdown": False, "targetBlank": False}
    return {"title": title, "type": kind, **plain, "includeVars": False, "keepTime": False, **more}
