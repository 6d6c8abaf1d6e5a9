"""
The formats that are tried alike, each with what it writes and what it means: a new format adds its `Trial`.

A trial writes lines at given times, and says by brute force what a log means; the tests are in
`tests/contract/test_every_format.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from exporter.events import Event
from exporter.formats.flexlm import FlexlmReader
from exporter.formats.lmod import LmodReader
from exporter.formats.metpx import MetpxReader, Place, Rules
from exporter.formats.several import SeveralReader
from exporter.formats.startstop import StartStopReader, Wording
from exporter.ports import Format
from tests.contract import lmod_model, metpx_model, startstop_model


@dataclass(frozen=True)
class Trial:
    """One format, or one way in which it is written."""

    name: str
    make: Callable[[ZoneInfo], Format]
    """Makes a reader of a new stream in a zone."""
    write: Callable[[Random, datetime], str]
    """Writes what the log says of one event at a local time; every line of it carries that time."""
    noise: Sequence[bytes]
    """Lines without time that make no event."""
    model: Callable[[bytes, int], Sequence[Event]] | None = None
    """
    Says by brute force what events a log of UTC has, whose times are believed up to a UTC second.

    None: another test compares the format with a model, or a line can't be understood by itself.
    """


def _write_startstop(random: Random, moment: datetime) -> str:
    host, app, word, user, pid = _key(random)
    said = f"{app} {word} {moment:%Y%m%d-%H%M} {user} PID: {pid}"
    return f"{moment:%b} {moment.day:2} {moment:%H:%M:%S} {host} LIC_ACC: {said}"


def _write_rfc5424(random: Random, moment: datetime) -> str:
    host, app, word, user, pid = _key(random)
    said = f"{app} {word} {moment:%Y%m%d-%H%M} {user} PID: {pid}"
    if random.random() < 0.3:  # as rsyslog writes to its files what came in this form
        return f"{moment:%Y-%m-%dT%H:%M:%S.123456} {host} LIC_ACC[7] {said}"
    return f"<134>1 {moment:%Y-%m-%dT%H:%M:%S.123456} {host} LIC_ACC 7 - - {said}"


def _write_any_startstop(random: Random, moment: datetime) -> str:
    """Write in either way; in UTC with an offset, too."""
    text = random.choice((_write_startstop, _write_rfc5424))(random, moment)
    return text.replace(".123456 ", random.choice(("Z ", "+00:00 ", ".5-0000 ", " ")))


def _write_yearless(random: Random, moment: datetime) -> str:
    host, app, word, user, pid = _key(random)
    return f"{moment:%b} {moment.day:2} {moment:%H:%M:%S} {host} LIC_ACC[{pid}]: {app} {word} {user}"


def _key(random: Random) -> tuple[str, str, str, str, int]:
    """Return host, application, word, user and process."""
    host, app, user = (f"{stem}{random.randrange(3)}" for stem in ("ws-", "app", "user"))
    return host, app, random.choice(("START", "STOP", "END")), user, random.randrange(1, 4)


def _write_several(random: Random, moment: datetime) -> str:
    if random.random() < 0.5:
        return _write_startstop(random, moment)
    host, app, word, user, _ = _key(random)
    return f"{moment:%b} {moment.day:2} {moment:%H:%M:%S} {host} ACCT: {word} {app} {user}"


def _write_hooked(random: Random, moment: datetime) -> str:
    host, app, _, user, _ = _key(random)
    said = f"username={user}, jobid=7.{host}, userload=yes, module={app}/1.0, fn=/m/{app}/1.0.lua"
    return f"{moment:%b} {moment.day:2} {moment:%H:%M:%S} {host} lmod: {said}"


def _write_lmod(random: Random, moment: datetime) -> str:
    """Write a load in UTC, in one of the forms that there are."""
    host, app, _, user, pid = _key(random)
    second, quote = int(moment.replace(tzinfo=UTC).timestamp()), random.choice(("", "", "'", '"'))
    path, module = random.choice((f"/m/{app}.lua", f'"/m y/{app} \\"x\\".lua"')), f"{quote}{app}/1.{pid}{quote}"
    said = f"user={user} module={module} path={path} host={host}.c{pid}.org time={quote}{second}.622180{quote}"
    stamp = f"{moment:%b} {moment.day:2} {moment:%H:%M:%S}"
    tag = random.choice(("ModuleUsageTracking", f"ModuleUsageTracking[{pid}]"))
    if random.random() < 0.1:
        said = f"message repeated {pid} times: [ {said}]"
    tag += random.choice((":", "" if tag.endswith("]") else ":"))
    return random.choice((f"{stamp} {host} {tag} {said}", f"{moment:%Y-%m-%dT%H:%M:%S.5}Z {host} {tag} {said}"))


def _write_flexlm(random: Random, moment: datetime) -> str:
    clock = f"{moment.hour:2}:{moment:%M:%S}"
    verb, feature, host = random.choice(("OUT", "IN")), f"base{random.randrange(3)}", f"ws-{random.randrange(3)}"
    anchor = f"{clock} (lmgrd) TIMESTAMP {moment.month}/{moment.day}/{moment.year}\n"
    return f'{anchor}{clock} (acornd) {verb}: "{feature}" amber@{host}'


def _write_metpx(random: Random, moment: datetime) -> str:
    stamp = f"{moment:%Y-%m-%d %H:%M:%S},{random.randrange(1000):03}"
    if random.random() < 0.1:
        return f"{stamp} [ERROR] No connection"
    received = moment - timedelta(seconds=random.randrange(-5, 40))
    kind, origin, end = random.choice(("SA", "SM", "RADAR")), random.choice(("CWAO", "XSS")), random.choice(" /")
    name = f"S{kind}_{random.randrange(9)}:file:{origin}:{kind}:3:Direct:{received:%Y%m%d%H%M%S}"
    where = f"File /px/q/{name} delivered to ftp://up@a/in" if end == "/" else f"Bulletin {name}  delivered"
    return f"{stamp} [INFO] ({random.randrange(9000)} Bytes) {where}"


_METPX_NOISE = (
    b"",
    b"Traceback (most recent call last):",
    b'  File "/px/lib/sender.py", line 71, in connect',
    b"\t[INFO]",
)
_SYSLOG_NOISE = (b"", b"last message repeated 2 times", b"Nov 31 10:00:00 w LIC_ACC: a START b", b"\t at x.y(Z.java:1)")

ALONE = (
    Trial("flexlm", FlexlmReader, _write_flexlm, (b"", b"-----------", b"Please correct problem", b"\xff\xfe (x) y")),
    Trial("startstop", StartStopReader, _write_startstop, _SYSLOG_NOISE, startstop_model.events_of),
    Trial("startstop-rfc5424", StartStopReader, _write_rfc5424, _SYSLOG_NOISE, startstop_model.events_of),
    Trial(
        "startstop-yearless",
        lambda zone: StartStopReader(zone, Wording(line="{app} {word} {user}")),
        _write_yearless,
        _SYSLOG_NOISE,
    ),
    Trial("lmod-hooks", LmodReader, _write_hooked, _SYSLOG_NOISE),
    Trial(
        "metpx",
        lambda zone: MetpxReader(zone, Place("tx", "a_b"), Rules()),
        _write_metpx,
        _METPX_NOISE,
        metpx_model.events_of,
    ),
)
SEVERAL = Trial(
    "several",
    lambda zone: SeveralReader(
        {"a": StartStopReader(zone), "b": StartStopReader(zone, Wording(tags=("ACCT",), line="{word} {app} {user}"))}
    ),
    _write_several,
    _SYSLOG_NOISE,
)
TRIALS = (*ALONE, SEVERAL)
OF_UTC = (
    Trial("startstop-mixed", StartStopReader, _write_any_startstop, _SYSLOG_NOISE, startstop_model.events_of),
    Trial("lmod", LmodReader, _write_lmod, _SYSLOG_NOISE, lmod_model.events_of),
)
"""Only for UTC: an offset, or a second of its own, says more than local times do."""
