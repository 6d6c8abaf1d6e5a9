"""Lines of options files: seats set aside, bounds, what is kept out of the log, and faults."""

from __future__ import annotations

import pytest

from exporter.licences.grants import Restriction
from exporter.licences.options_text import parse_options
from exporter.licences.words import Fault

WHOLE = """\
# for the Acorn daemon
GROUP oaks ana bea \\
  cleo
GROUP oaks dora
HOST_GROUP nodes node01 node02
RESERVE 2 acorn_base GROUP oaks
reserve 1 "acorn_mesh:VENDOR_STRING=a b" HOST_GROUP nodes
RESERVE 1 acorn_view USER Jane Doe
MAX 5 acorn_base:VERSION=2.0 HOST ws-01
TIMEOUT acorn_base 7200
TIMEOUTALL 3600
NOLOG IN
NOLOG DENIED QUEUED
DEBUGLOG +/var/log/acorn.log
REPORTLOG +/var/log/acorn.rl
INCLUDE acorn_base GROUP oaks
EXCLUDEALL USER zed
BORROW_LOWWATER acorn_base 3
LINGER acorn_base 600
GROUPCASEINSENSITIVE ON
"""


def test_a_whole_file() -> None:
    """Reserved seats, bounds, time-outs, silence and groups are read; lines on who may take what are passed over."""
    said = parse_options(WHOLE)
    assert [] == said.faults
    assert [
        Restriction(6, 2, "acorn_base", "GROUP", "oaks"),
        Restriction(7, 1, "acorn_mesh", "HOST_GROUP", "nodes"),
        Restriction(8, 1, "acorn_view", "USER", "Jane Doe"),
    ] == said.reserved
    assert [Restriction(9, 5, "acorn_base", "HOST", "ws-01")] == said.most
    assert {"acorn_base": 7200, "": 3600} == said.timeouts
    assert {"IN": 12, "DENIED": 13, "QUEUED": 13} == said.silent
    assert {"oaks": ["ana", "bea", "cleo", "dora"], "nodes": ["node01", "node02"]} == said.groups


@pytest.mark.parametrize("user", ["max", "Max", "linger"])
def test_a_group_goes_on_with_a_user_who_is_called_as_a_keyword(user: str) -> None:
    """A continued line may begin with such a name: keywords that begin a new line are in capitals."""
    said = parse_options(f"GROUP oaks ana \\\n  {user} cleo\nRESERVE 2 acorn_base GROUP oaks\n")
    assert ([], {"oaks": ["ana", user, "cleo"]}) == (said.faults, said.groups)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("FROB x", 'begins with "FROB"'),
        ("RESERVE two f USER ana", '"two" where a number must stand'),
        ("RESERVE 2 f PLANET mars", '"PLANET" is nothing that seats are told apart by'),
        ("RESERVE 2 f", "lacks a part of what RESERVE is followed by"),
        ("NOLOG", "lacks a part of what NOLOG is followed by"),
        ("NOLOG EVERYTHING", '"EVERYTHING" is nothing that NOLOG keeps out'),
        ("TIMEOUT f", "lacks a part of what TIMEOUT is followed by"),
        ("TIMEOUTALL soon", '"soon" where a number must stand'),
        ("MAX 5 f GROUP ghosts", 'names the group "ghosts", which no line defines'),
        ("GROUP oaks \\", "ends with a backslash, and the file ends there"),
    ],
)
def test_what_can_not_be_used_is_named(line: str, part: str) -> None:
    """Each fault tells its line and what is wrong, and the lines around it count."""
    end = "\nNOLOG OUT" if not line.endswith("\\") else ""
    said = parse_options(f"NOLOG IN\n{line}{end}")
    (fault,) = said.faults
    assert isinstance(fault, Fault)
    assert 2 == fault.line
    assert part in fault.sentence
    assert {"IN", *(["OUT"] if end else [])} == said.silent.keys()
