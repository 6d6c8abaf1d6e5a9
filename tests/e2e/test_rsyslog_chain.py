"""What nodes log comes through real rsyslogds, with the files in deploy/rsyslog, to the logs of the tracking host."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.running import until
from tests.servers.rsyslog_chain import Chain
from tests.servers.rsyslogd import Rsyslogd

_LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d) (?P<host>\S+) (?P<tag>[\w-]+)\[\S+\]: (?P<text>\S.*)"
)


@pytest.fixture
def chain() -> Iterator[Chain]:
    """Give three hosts; they end with the test."""
    chain = Chain()
    yield chain
    chain.remove()


def _start(number: int) -> str:
    """Return an accounting line as `logger` sends it."""
    return f"<134>Nov 20 07:47:40 LIC_ACC[{number}]: app1 START 20261120-0747 user{number} PID: {number}"


def _users(text: str) -> set[int]:
    """Return the numbers of the users in *text*."""
    return {int(number) for number in re.findall(r" user(\d+) ", text)}


def _come(chain: Chain, users: int) -> set[int]:
    """Wait until lines of so many users have come; return the users."""
    return until(f"{users} users", lambda: came if len(came := _users(_text(chain.accounting))) >= users else None)


def _text(log: Path) -> str:
    """Return what a log holds, nothing as long as it isn't there."""
    return log.read_text() if log.exists() else ""


def test_only_lines_of_our_programs_arrive(chain: Chain) -> None:
    """Accounting, module loads and boots come, each to its log and in one form; all else stays at the node."""
    chain.start()
    load = "user=fiore module=gcc/12 path=/m/gcc/12.lua host=wks12 time=1763624860.5"
    chain.node.log(
        "<134>Nov 20 07:47:40 sshd[7]: LIC_ACC: not ours",
        "<134>Nov 20 07:47:40 LIC_ACCOUNT: not ours",
        "<6>Nov 20 07:47:40 kernel: [    0.000000] Linux version 6.1.0-40-amd64",
        "<6>Nov 20 07:47:40 kernel: [    0.000001] Command line: quiet",
        f"<134>Nov 20 07:47:40 ModuleUsageTracking: {load}",
        "<134>Nov 20 07:47:40 LIC_ACC[599]: app1 START 20261120-0747 fiore PID: 599",
        "<134>Nov 20 07:47:40 LIC_ACC: app1 STOP 20261120-0811 fiore PID: 599",
        "<134>Nov 20 07:47:40 cron[8]: not ours",
    )
    until("the last line", lambda: "STOP" in _text(chain.accounting))
    until("the node's last line", lambda: "cron[8]" in chain.node.own)

    came = [_LINE.fullmatch(line) for line in chain.accounting.read_text().splitlines()]
    assert [
        ("node", "kernel", "[    0.000000] Linux version 6.1.0-40-amd64"),
        ("node", "LIC_ACC", "app1 START 20261120-0747 fiore PID: 599"),
        ("node", "LIC_ACC", "app1 STOP 20261120-0811 fiore PID: 599"),
    ] == [line and line.groups() for line in came]
    loads = [_LINE.fullmatch(line) for line in chain.modules.read_text().splitlines()]
    assert [("node", "ModuleUsageTracking", load)] == [line and line.groups() for line in loads]
    kept = [line.partition(" node ")[2].partition(":")[0] for line in chain.node.own.splitlines()]
    assert ["sshd[7]", "LIC_ACCOUNT", "kernel", "kernel", "cron[8]"] == [name for name in kept if "rsyslog" not in name]


@pytest.mark.parametrize("end", [Rsyslogd.stop, Rsyslogd.kill], ids=["stopped", "killed"])
def test_a_relay_that_goes_away_loses_nothing(chain: Chain, end: Callable[[Rsyslogd], None]) -> None:
    """Lines that are under way when the relay ends, and those logged until it is back, arrive."""
    chain.start()
    chain.node.log(*map(_start, range(300)))
    _come(chain, 10)
    end(chain.relay)
    chain.node.log(*map(_start, range(300, 600)))
    chain.relay.start()
    chain.node.log(*map(_start, range(600, 900)))

    assert set(range(900)) == _come(chain, 900)


def test_queues_outlive_their_servers(chain: Chain) -> None:
    """Lines that wait on the disk, of the node and then of the relay, arrive after their server was killed."""
    chain.node.start()
    chain.node.log(*map(_start, range(200)))
    until("all lines on the node's disk", lambda: chain.node.queued == 200)
    chain.node.kill()
    chain.relay.start()
    chain.node.start()
    until("all lines on the relay's disk", lambda: chain.relay.queued >= 200)
    chain.relay.kill()
    chain.tracking.start()
    chain.relay.start()

    assert set(range(200)) == _come(chain, 200)


def test_a_message_can_not_choose_where_it_is_written(chain: Chain) -> None:
    """Whatever host, tag or text a message has, it makes no file and no line of its own."""
    odd = chain.make_node("../../etc/passwd")
    chain.start()
    for node in (odd, chain.node):
        node.log(
            "<134>Nov 20 07:47:40 ../../LIC_ACC: app1 START 20261120-0747 user1 PID: 1",
            "<134>Nov 20 07:47:40 LIC_ACC[../x]: app1 START 20261120-0747 user2 PID: 2\nLIC_ACC: user3 \x1b[0m",
        )
    until("a line of each node", lambda: _text(chain.accounting).count("\n") == 2)

    hosts = [line.split()[1] for line in chain.accounting.read_text().splitlines()]
    assert sorted(["../../etc/passwd", "node"]) == sorted(hosts)
    assert chain.accounting.read_text().count("user2 PID: 2#012LIC_ACC: user3 #033[0m\n") == 2
    logs = {path.name for path in chain.tracking.folder.rglob("*") if path.suffix == ".log"}
    assert {"accounting.log"} == logs
