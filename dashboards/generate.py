"""All boards of a site, as the files that Grafana is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from dashboards.board import Board, as_text
from dashboards.boards import denials, feature, history, labs, longterm, modules, overview, people, pipeline, transfers
from dashboards.links import UIDS
from dashboards.site import Kind, Site

BOARDS: Mapping[str, tuple[Callable[[Site], Board], frozenset[Kind]]] = MappingProxyType(
    {
        "overview": (overview.board, frozenset()),
        "feature": (feature.board, frozenset({"licences"})),
        "denials": (denials.board, frozenset({"licences"})),
        "history": (history.board, frozenset({"licences"})),
        "longterm": (longterm.board, frozenset({"licences"})),
        "people": (people.board, frozenset({"licences"})),
        "transfers": (transfers.board, frozenset({"transfers"})),
        "modules": (modules.board, frozenset({"modules"})),
        "labs": (labs.board, frozenset({"logins"})),
        "pipeline": (pipeline.board, frozenset()),
    }
)
"""Every board, and which kinds of logs it needs one of; none: it is for every site."""


def boards(site: Site) -> list[Board]:
    """Return the boards that a site has data for, in the order of `links.UIDS`."""
    return [BOARDS[name][0](site) for name in UIDS if name in BOARDS and _wanted(BOARDS[name][1], site)]


def files(site: Site) -> dict[str, str]:
    """Return the text of each file by its name, such as ``overview.json``."""
    return {f"{board.name}.json": as_text(board) for board in boards(site)}


def _wanted(needed: frozenset[Kind], site: Site) -> bool:
    return not needed or bool(needed & site.kinds)
