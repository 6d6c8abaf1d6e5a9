"""InfluxQL: what stands in quotes, and what answers mean."""

from __future__ import annotations

import pytest

from exporter.errors import SinkRefuses
from exporter.publish.influxdb.influxql import duration, held, identifier, rows, seconds_of


def test_names_stay_in_their_quotes() -> None:
    """Quotes, backslashes and newlines in a name can't end it."""
    assert '"a\\"b\\\\c\\nd\'"' == identifier("a\"b\\c\nd'")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", "'plain'"),
        ("O'Hara", "'O\\'Hara'"),
        ("a b,c=d", "'a b,c=d'"),
        ("C:\\", "'C:%5C'"),
        ("a\\b", "'a\\\\b'"),
        ("", "'%'"),
        ("ä", "'ä'"),
    ],
)
def test_a_tag_is_asked_for_as_the_server_holds_it(name: str, expected: str) -> None:
    """What is replaced when a tag is written is replaced in the question too, and nothing else."""
    assert expected == held(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("840h0m0s", 3_024_000), ("1h30m1s", 5401), ("0s", None), ("1h0m0.5s", 3600), ("90m0s", 5400)],
)
def test_durations_as_the_server_writes_them(text: str, expected: int | None) -> None:
    """The server's way to write durations is read; its zero is for ever."""
    assert expected == seconds_of(text)


def test_a_duration_of_another_kind_is_refused() -> None:
    """What is no such duration is not guessed at."""
    with pytest.raises(SinkRefuses, match="'3 fortnights'"):
        seconds_of("3 fortnights")


def test_for_ever_has_a_word_of_its_own() -> None:
    """In statements, for ever is INF and never 0."""
    assert ("INF", "60s") == (duration(None), duration(60))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"results": [{"statement_id": 0}]}, []),
        (
            {"results": [{"series": [{"columns": ["a", "b"], "values": [[1, 2], [3, 4]]}]}]},
            [{"a": 1, "b": 2}, {"a": 3, "b": 4}],
        ),
        ({"results": [{"series": [{"columns": ["a"]}]}]}, []),
        ({}, []),
        ([], []),
    ],
)
def test_answers(reply: object, expected: list[dict[str, int]]) -> None:
    """Rows come by column, and an answer without series has none."""
    assert expected == rows(reply)


def test_an_error_inside_of_a_good_answer() -> None:
    """The server answers 200 and tells its errors inside: they are raised in its words."""
    with pytest.raises(SinkRefuses, match="database not found: x"):
        rows({"results": [{"error": "database not found: x"}]})
