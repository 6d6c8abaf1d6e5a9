"""The log of the program: both layouts, names that would break a line, and states that are logged once."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from exporter.logs import HumanFormatter, JsonFormatter, StateLog, configure

EVIL = 'lab\n2030-01-01T00:00:00.000Z error    forged \x1b[2J"x"\x7f\x9b\u202e\udce9'


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Put back the handlers and levels that a test changed."""
    root, ours = logging.getLogger(), logging.getLogger("exporter")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def record(message: str, level: int = logging.WARNING, **data: object) -> logging.LogRecord:
    """Make a record of 2022-05-05T08:42:20.250Z with *data* as its extras."""
    made = logging.makeLogRecord({"msg": message, "levelno": level, "levelname": logging.getLevelName(level), **data})
    made.created = 1_651_740_140.25
    return made


def test_a_line_for_people() -> None:
    """A line holds time, level, message and the values, quoted where they would be unclear."""
    line = HumanFormatter(colours=False).format(
        record("A log was rotated.", source="lic1", path="/a b", lag=5, empty="", user="DOM\\u", q='a"b')
    )

    assert (
        "2022-05-05T08:42:20.250Z warning  A log was rotated. "
        r'source=lic1 path="/a b" lag=5 empty="" user="DOM\\u" q="a\"b"'
    ) == line


def test_a_line_for_machines() -> None:
    """A line is one JSON object with time, level, message and the values in their own types."""
    line = JsonFormatter().format(record("A log was rotated.", source="lic1", lag=5, since=None))

    assert {
        "time": "2022-05-05T08:42:20.250Z",
        "level": "warning",
        "message": "A log was rotated.",
        "source": "lic1",
        "lag": 5,
        "since": None,
    } == json.loads(line)


def test_an_extra_cannot_take_the_place_of_a_key_of_ours() -> None:
    """An extra named like the time stays, under a name beside it."""
    entry = json.loads(JsonFormatter().format(record("A line.", time="noon")))

    assert ("2022-05-05T08:42:20.250Z", "noon") == (entry["time"], entry["time_"])


@pytest.mark.parametrize("formatter", [HumanFormatter(colours=False), JsonFormatter()], ids=["human", "json"])
def test_a_name_can_neither_break_a_line_nor_steer_a_terminal(formatter: logging.Formatter) -> None:
    """Line breaks, escapes, C1 controls, direction marks and stray surrogates are written, not done."""
    line = formatter.format(record(f"Message of a library {EVIL}", feature=EVIL))

    assert line.isprintable()
    assert "\\u202e" in line


def test_a_name_comes_back_from_json_whole() -> None:
    """What was escaped for JSON reads back as it was."""
    assert json.loads(JsonFormatter().format(record("A line.", feature=EVIL)))["feature"] == EVIL


def raise_evil() -> None:
    """Raise an error that carries a name from a log."""
    raise ValueError(EVIL)


def test_a_traceback_cannot_pass_for_a_line() -> None:
    """Every line of a traceback is moved in, those that a name in the error made included."""
    made = record("A request could not be answered.")
    try:
        raise_evil()
    except ValueError:
        made.exc_info = sys.exc_info()

    first, *rest = HumanFormatter(colours=False).format(made).split("\n")

    assert first.endswith("A request could not be answered.")
    assert all(line.startswith("    ") and line.isprintable() for line in rest)
    assert "forged" in json.loads(JsonFormatter().format(made))["exception"]


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize(
    ("stderr", "environment", "coloured"),
    [
        (Terminal, {}, True),
        (Terminal, {"NO_COLOR": "1"}, False),
        (Terminal, {"TERM": "dumb"}, False),
        (io.StringIO, {}, False),
    ],
    ids=["terminal", "NO_COLOR", "dumb", "pipe"],
)
def test_colours_are_for_terminals_only(
    monkeypatch: pytest.MonkeyPatch, stderr: type[io.StringIO], environment: dict[str, str], coloured: bool
) -> None:
    """The level is coloured on a terminal unless NO_COLOR is set or the terminal can't."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = stderr()
    monkeypatch.setattr(sys, "stderr", stream)

    configure("info", "human")
    logging.getLogger("exporter.test").warning("A line.")

    assert coloured == ("\x1b[33mwarning \x1b[0m" in stream.getvalue())
    assert stream.getvalue().endswith("A line.\n")


def test_configuring_again_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a reload each line is written once, in the new layout and from the new level on."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure("debug", "human")
    configure("warning", "json")

    logging.getLogger("exporter.test").info("Too low.")
    logging.getLogger("exporter.test").warning("High enough.")

    assert ["High enough."] == [json.loads(line)["message"] for line in stream.getvalue().splitlines()]


def test_libraries_are_heard_from_warnings_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """At level debug, what a library says below a warning stays unsaid."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure("debug", "json")

    logging.getLogger("watchdog").debug("Chatter.")
    logging.getLogger("watchdog").warning("A matter.")
    logging.getLogger("exporter.test").debug("Detail.")

    assert ["A matter.", "Detail."] == [json.loads(line)["message"] for line in stream.getvalue().splitlines()]


def test_a_state_is_logged_when_it_changes(caplog: pytest.LogCaptureFixture) -> None:
    """A good start says nothing, a state that lasts says one line, and the way back says one."""
    states = StateLog(logging.getLogger("exporter.test"))
    caplog.set_level(logging.INFO, "exporter.test")

    for problem in (None, None, "denied", "denied", "gone", None, None):
        level = logging.WARNING if problem else logging.INFO
        states.note("lic1", problem, level, "State.", problem=problem)
        states.note("lic2", None, logging.INFO, "Never said.")

    assert [("WARNING", "denied"), ("WARNING", "gone"), ("INFO", None)] == [
        (made.levelname, vars(made).get("problem")) for made in caplog.records
    ]
