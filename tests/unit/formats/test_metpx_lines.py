"""MetPX's lines: which count, as what, and which don't."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from exporter.catalog.transfers import pattern_of
from exporter.events import Transfer
from exporter.formats.metpx import BOTH, RECEIVED, SENT, MetpxReader, Place, Rules, place_of
from exporter.records import Block, Position, Reading

LATER = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp())
AT = "2024-03-05 08:00:16,616"
SECOND = int(datetime(2024, 3, 5, 8, 0, 16, tzinfo=UTC).timestamp())
NAME = "radar.gif:URP:XSS:RADAR:GIF::20240305080009"


def reading(*lines: str, direction: str = SENT, rules: Rules | None = None, zone: str = "UTC") -> Reading:
    """Return what a log of these lines says."""
    reader = MetpxReader(ZoneInfo(zone), Place(direction, "harbour"), rules or Rules())
    data = "".join(line + "\n" for line in lines).encode()
    block = Block(Position(1, 0), data, Position(1, len(data)), LATER)
    if reader.undated:
        reader.date_by([block], LATER)
    return reader.read(block)


def transfer(line: str, direction: str = SENT, rules: Rules | None = None, zone: str = "UTC") -> Transfer:
    """Return the one transfer of a line."""
    (event,) = reading(line, direction=direction, rules=rules, zone=zone).events
    assert isinstance(event, Transfer)
    return event


def latency(stamp: str, zone: str = "UTC", rules: Rules | None = None, at: str = AT) -> tuple[int | None, bool, bool]:
    """Return the latency of a file that was received at *stamp*, and whether it was negative, and late."""
    event = transfer(f"{at} [INFO] (9 Bytes) Message a:b:c:T:3::{stamp}  delivered", zone=zone, rules=rules)
    return event.latency, event.negative, event.late


@pytest.mark.parametrize(
    "said",
    [
        f"Message {NAME}  delivered",
        f"Message {NAME} delivered",
        f"Message {NAME}  delivered (lat=7.368449,speed=168950.887119)",
        f"File /px/txq/harbour/3/{NAME} delivered to ftp://up@host/in/radar.gif",
        f"Bulletin {NAME}  delivered",
    ],
)
def test_a_file_is_sent(said: str) -> None:
    """However its sender says so: bytes, the type in its name, and seconds since its reception."""
    sent = Transfer(SECOND, 0, "tx", "harbour", "RADAR", 86, 7)
    assert sent == transfer(f"{AT} [INFO] (86 Bytes) {said}")


def test_a_file_is_received() -> None:
    """Its type stands in the last part of the path; there is no latency."""
    line = f"{AT} [INFO] (107 Bytes) Ingested in DB as /px/db/SM/SMCN37:file:CWAO:SM:3:Direct:20240305080000"
    assert Transfer(SECOND, 0, "rx", "harbour", "SM", 107) == transfer(line, RECEIVED)


def test_a_log_of_both_tells_each_by_its_words() -> None:
    """Of a transceiver, what was ingested was received, all else sent."""
    received = transfer(f"{AT} [INFO] (1 Bytes) Ingested in DB as /px/a:file:CWAO:SM:3:Direct:20240305080009", BOTH)
    sent = transfer(f"{AT} [INFO] (1 Bytes) Message {NAME}  delivered", BOTH)
    assert [("trx", "SM", None), ("trx", "RADAR", 7)] == [
        (one.direction, one.product, one.latency) for one in (received, sent)
    ]


@pytest.mark.parametrize("said", ["Unable to connect", f"(86 Bytes) Message {NAME} is refused", "SEND TIMEOUT /sec"])
def test_an_error_is_one_and_nothing_else(said: str) -> None:
    """A line of an error has no bytes, no product and no latency, whatever it says."""
    assert Transfer(SECOND, 0, "tx", "harbour", "", error=True) == transfer(f"{AT} [ERROR] {said}")


@pytest.mark.parametrize(
    "line",
    [
        f"{AT} [INFO] (700 Bytes) Bulletin Segment number 2 sent",
        f"{AT} [WARNING] SEND TIMEOUT (86 Bytes) File {NAME} going to ftp://host",
        f"{AT} [INFO] SEND TIMEOUT (86 Bytes) File {NAME} going to ftp://host",
        f"{AT} [INFO] 4 files (86 Bytes/sec) sent",
        f"{AT} [INFO] Queued for: loop",
        f"{AT} [WARNING] (86 Bytes) Message {NAME}  delivered",
        "Traceback (most recent call last):",
        "",
    ],
)
def test_other_lines_are_noise(line: str) -> None:
    """Parts, attempts, speeds, warnings and tracebacks are no files."""
    read = reading(line)
    assert ([], {"noise": 1}) == (read.events, read.tally)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{AT} [INFO] (no Bytes) Message {NAME}  delivered", "number of bytes"),
        (f"{AT} [INFO] 86 Bytes Message {NAME}  delivered", "number of bytes"),
        (f"{AT} [INFO] (1234567890123 Bytes) Message {NAME}  delivered", "number of bytes"),
        (f"{AT} [INFO] (  412 Bytes) Message Priority FF (csn/0041) has been sent => delivered", "seventh word"),
        (f"{AT} [INFO]  (86 Bytes) Message {NAME}  delivered", "seventh word"),
        (f"{AT} [INFO] (86 Bytes) Message {NAME[:-1]}  delivered", "seventh word"),
        (f"{AT} [INFO] (86 Bytes) Message a:b:c:T:3::20240230080009  delivered", "seventh word"),
        (f"[INFO] (86 Bytes) Message {NAME}  delivered", "date and time"),
        (f"2024-02-30 08:00:16,616 [INFO] (86 Bytes) Message {NAME}  delivered", "date and time"),
        ("[ERROR] died", "date and time"),
    ],
)
def test_a_line_that_lacks_something_counts_for_nothing(line: str, why: str) -> None:
    """As in pxStats, one value that can't be read drops the line; it is shown with the reason."""
    read = reading(line)
    assert ([], {"unparsed": 1}) == (read.events, read.tally)
    assert why in read.samples[0].why


def test_latencies_are_whole_seconds_of_utc() -> None:
    """The log's clock is turned into UTC by its zone; fractions don't count; 15 s are not late, 16 are."""
    assert (7, False, False) == latency("20240305130009", "America/Toronto")
    assert (15, False, False) == latency("20240305080001")
    assert (16, False, True) == latency("20240305080000")
    assert (4, False, True) == latency("20240305080012", rules=Rules(max_latency=3))


def test_a_file_that_left_before_it_came_took_no_time() -> None:
    """A negative latency is 0, and told."""
    assert (0, True, False) == latency("20240305080017")
    assert (0, False, False) == latency("20240305080016")


def test_raw_latencies_are_those_of_the_old_library() -> None:
    """The clock of the log counts as it stands: west of Greenwich everything is negative, east of it hours late."""
    raw = Rules(raw=True)
    assert (0, True, False) == latency("20240305130009", "America/Toronto", raw)
    assert (3607, False, True) == latency("20240305070009", "Europe/Madrid", raw)


def test_a_night_in_which_clocks_go_back() -> None:
    """In the repeated hour a latency goes on from its first pass into the second."""
    lines = [
        f"2024-11-03 {at},000 [INFO] (9 Bytes) Message a:b:c:T:3::{stamp}  delivered"
        for at, stamp in (
            ("01:59:58", "20241103055955"),
            ("01:00:02", "20241103055955"),
            ("02:00:01", "20241103070000"),
        )
    ]
    found = [event for event in reading(*lines, zone="America/Toronto").events if isinstance(event, Transfer)]
    assert [3, 7, 1] == [event.latency for event in found]


def test_products_are_chosen_by_pattern() -> None:
    """The first pattern that fits the name gives the product; a bare text fits anywhere, upper case is not lower."""
    rules = Rules(("SA*", "gif", "All"))
    names = ("SACN31:file:CWAO:SA:3::20240305080009", NAME, "x:file:CWAO:GIF:3::20240305080009")
    found = [transfer(f"{AT} [INFO] (1 Bytes) Bulletin {name}  delivered", rules=rules).product for name in names]
    assert ["SA*", "gif", "All"] == found
    assert "other" == transfer(f"{AT} [INFO] (1 Bytes) File {NAME} sent", rules=Rules(("SA*",))).product
    assert ["*", "*SM*", "SM?"] == [pattern_of(text) for text in ("All", "SM", "SM?")]


def test_a_received_name_ends_at_its_first_colon() -> None:
    """Patterns see of files received the name alone, and of files sent all its parts."""
    line = f"{AT} [INFO] (1 Bytes) Ingested in DB as /px/SM/SMCN37:file:CWAO:SM:3:Direct:20240305080000"
    assert "other" == transfer(line, RECEIVED, Rules(("CWAO",))).product
    assert "SMCN*" == transfer(line, RECEIVED, Rules(("CWAO", "SMCN*"))).product
    sent = f"{AT} [INFO] (1 Bytes) File SMCN37:file:CWAO:SM:3:Direct:20240305080000 sent"
    assert "CWAO" == transfer(sent, SENT, Rules(("CWAO",))).product


@pytest.mark.parametrize(
    ("name", "parts", "place"),
    [
        ("tx_harbour.log", {}, Place("tx", "harbour")),
        ("rx_ncp_w.2.log", {}, Place("rx", "ncp_w.2")),
        ("trx_a", {}, Place("trx", "a")),
        ("tx_harbour.log", {"client": "pier"}, Place("tx", "pier")),
        ("log", {"direction": "rx", "source": "gulf"}, Place("rx", "gulf")),
        ("harbour.log", {}, None),
        ("tx_.log", {"direction": "up"}, None),
        ("log", {"direction": "up", "client": "a"}, None),
    ],
)
def test_the_path_tells_direction_and_client(name: str, parts: dict[str, str], place: Place | None) -> None:
    """By the name of the file, underscores and dots included, or by the parts that the configuration names."""
    assert place == place_of(name, parts)
