"""What InfluxDB's answers to a write mean."""

from __future__ import annotations

import json

import pytest

from exporter.errors import SinkAway, SinkError, SinkRefuses, SinkRejects
from exporter.publish.influxdb.answers import Answer, Asked, judged, retry_after

ASKED = Asked("InfluxDB at http://h:8086", "licences/live", "example", "token_file")


def answer(status: int, body: object = "", **headers: str) -> Answer:
    """Return an answer with a JSON body, or with the text that *body* is."""
    return Answer(status, headers, (body if isinstance(body, str) else json.dumps(body)).encode())


def wrong(status: int, body: object = "", org: str | None = "example") -> SinkError:
    """Return what is wrong with an answer."""
    found = judged(answer(status, body), ASKED._replace(org=org))
    assert found is not None
    return found


def test_only_204_is_stored() -> None:
    """A 204 is all right; a 200, which a web server gives for anything, is not taken for stored."""
    assert judged(answer(204), ASKED) is None
    assert isinstance(wrong(200, "<html>welcome</html>"), SinkRefuses)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "partial write: unable to parse 'x': missing fields dropped=0"}),
        (400, {"code": "invalid", "message": "unable to parse 'x': missing fields"}),
        (400, {"error": "partial write of line protocol occurred", "data": [{"line_number": 2}]}),
        (413, {"error": "Request Entity Too Large"}),
        (422, {"code": "unprocessable entity", "message": "partial write: dropped 4 points outside retention policy"}),
        (
            500,
            {
                "code": "internal error",
                "message": "unexpected error: partial write: points beyond retention policy dropped=1",
            },
        ),
        (400, ""),
    ],
)
def test_what_is_wrong_with_the_body(status: int, body: object) -> None:
    """All generations' ways to reject lines are told apart from trouble of the server, with its words as message."""
    found = wrong(status, body)

    assert isinstance(found, SinkRejects)
    assert str(found) == (answer(status, body).words or "it answered 400")


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, {"error": "authorization failed"}, "does not know us; correct token_file (401: authorization failed)."),
        (403, "", "does not let us write to licences/live; give token_file the right to (403)."),
        (404, {"error": 'database not found: "licences"'}, "`seatwatch influxdb setup`"),
        (404, {"code": "not found", "message": "bucket not found"}, "has no licences/live (404: bucket not found)"),
        (500, {"error": "retention policy not found: live"}, "`seatwatch influxdb setup`"),
        (302, "", "write that in url (302)."),
        (405, "", "is url right? (405)."),
        (400, {"error": "partial write: max-series-per-database limit exceeded: (1) dropped=1"}, "raise that limit"),
        (400, {"error": "partial write: max-values-per-tag limit exceeded (2/2): tag=x dropped=1"}, "raise that limit"),
    ],
)
def test_what_somebody_has_to_do(status: int, body: object, told: str) -> None:
    """Where a server is set up otherwise, no line is to blame, and the message names the server and says what to do."""
    found = wrong(status, body)

    assert isinstance(found, SinkRefuses)
    assert str(found).startswith("InfluxDB at http://h:8086 ")
    assert told in str(found)


def test_a_missing_organisation_is_no_fault_of_the_lines() -> None:
    """InfluxDB 2 rejects every body where org isn't configured; that is told, and only then."""
    body = {"code": "invalid", "message": "please provide either orgID or org"}

    assert isinstance(wrong(400, body, org=None), SinkRefuses)
    assert "name it in org" in str(wrong(400, body, org=None))
    assert isinstance(wrong(400, body), SinkRejects)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_passes(status: int) -> None:
    """An overloaded or broken server is tried again soon, and no sooner than it says."""
    found = judged(answer(status, "busy", **{"Retry-After": "17"}), ASKED)

    assert isinstance(found, SinkAway)
    assert (17.0, f"InfluxDB at http://h:8086 can't take what was sent now ({status}: busy).") == (
        found.retry_after,
        str(found),
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [("0", 0.0), ("2.5", 2.5), ("-1", None), ("nan", None), ("Wed, 21 Oct 2015", None), ("", None)],
)
def test_how_long_to_wait(written: str, expected: float | None) -> None:
    """Seconds are understood; anything else is as good as nothing."""
    assert expected == retry_after({"Retry-After": written})
    assert retry_after({}) is None


def test_the_words_fit_on_a_line() -> None:
    """What a server says is cut, on one line and printable; a web page says nothing."""
    assert "a b \ufffd c" == answer(400, "a\n\tb \x1b c").words
    assert 300 == len(answer(400, "x" * 5000).words)
    assert "" == answer(502, "  <html><h1>502 Bad Gateway").words
    assert "\ufffd" == Answer(400, {}, b"\xff").words
    assert "" == answer(400, {"unknown": 1}).words


def test_the_lines_that_influxdb_3_names_are_told() -> None:
    """Its message says little without the data beside it."""
    body = {
        "error": "partial write of line protocol occurred",
        "data": [{"line_number": 2, "error_message": "no fields"}],
    }

    assert '"error_message": "no fields"' in str(wrong(400, body))


def test_a_secret_that_a_server_repeats_is_struck_out() -> None:
    """Where a proxy shows the request it could not pass on, the token in it goes no further."""
    assert "Authorization: Token ***" == answer(400, "Authorization: Token s3cret").without(b"s3cret").words
