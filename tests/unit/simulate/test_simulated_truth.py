"""The book of truth: which session a line ends, and how waits and resets end things."""

from __future__ import annotations

from typing import Any

from exporter.simulate.book import Book, Key

KEY = Key("brookd", "brook_cfd", "amber", "node01")


def rows(book: Book) -> list[dict[str, Any]]:
    """Give all rows, the open ones last."""
    return [*book.take(), *book.still_open()]


def test_a_stop_ends_the_oldest_of_its_seats() -> None:
    """Of three sessions of one key a stop of 4 ends the oldest with 4 seats, though one with 8 is older."""
    book = Book()
    for second, seats in ((10, 8), (20, 4), (30, 4)):
        book.start(KEY, seats, second)
    book.stop(KEY, 4, 40, "returned")
    assert [(20, 40), (10, None), (30, None)] == [(row["start"], row["end"]) for row in rows(book)]


def test_a_stop_of_seats_that_nobody_has_ends_the_oldest() -> None:
    """Without a session of the same seats the oldest ends whole, and the seats in use fall by what it had."""
    book = Book()
    book.start(KEY, 8, 10)
    book.start(KEY, 4, 20)
    book.stop(KEY, 2, 40, "returned")
    assert [(10, 40), (20, None)] == [(row["start"], row["end"]) for row in rows(book)]
    assert book.used("brookd", "brook_cfd") == 4


def test_a_change_applies_to_the_oldest_with_the_seats_before() -> None:
    """A change of 5 to 6 is a span of the session that has 5, and the stop of 6 ends it."""
    book = Book()
    book.start(KEY, 2, 10)
    book.start(KEY, 5, 20)
    book.change(KEY, 5, 6, 30)
    assert book.used("brookd", "brook_cfd") == 8
    book.stop(KEY, 6, 40, "returned")
    ended = rows(book)[0]
    assert [[20, 30, 5], [30, 40, 6]] == ended["spans"]
    assert (6, 20, 40) == (ended["seats"], ended["start"], ended["end"])


def test_the_display_is_part_of_the_key() -> None:
    """A stop with a display leaves an older session without one alone."""
    book = Book()
    batch = KEY._replace(display="cfd:batch")
    book.start(KEY, 8, 10)
    book.start(batch, 8, 20)
    book.stop(batch, 8, 30, "timeout")
    assert [("cfd:batch", "timeout"), ("", None)] == [(row["display"], row["end_reason"]) for row in rows(book)]


def test_a_reset_ends_the_sessions_and_waits_of_its_vendor_only() -> None:
    """What is open of the vendor ends at the second given, reason and outcome reset; another vendor goes on."""
    book = Book()
    other = Key("acornd", "acorn_base", "birch", "ws-02")
    book.start(KEY, 8, 10)
    book.start(other, 1, 11)
    book.wait(KEY._replace(user="clover"), 4, 12)
    book.reset("brookd", 20)
    told = [(row["kind"], row["end"], row.get("end_reason", row.get("outcome"))) for row in rows(book)]
    assert [("session", 20, "reset"), ("wait", 20, "reset"), ("session", None, None)] == told
    assert (0, 1) == (book.used("brookd", "brook_cfd"), book.used("acornd", "acorn_base"))


def test_a_wait_ends_with_the_check_out_or_when_given_up() -> None:
    """A check-out of its key grants a wait; one that leaves the queue has given up."""
    book = Book()
    for user in ("amber", "birch"):
        book.wait(KEY._replace(user=user), 4, 10)
    assert book.waits(KEY)
    book.start(KEY, 4, 20)
    book.give_up(KEY._replace(user="birch"), 30)
    assert not book.waits(KEY)
    waits = [(row["user"], row["end"], row["outcome"]) for row in book.take() if row["kind"] == "wait"]
    assert [("amber", 20, "granted"), ("birch", 30, "given_up")] == waits


def test_rows_are_told_once() -> None:
    """What was taken is not told again."""
    book = Book()
    book.deny(KEY, -4, 8, 10)
    told = {**KEY._asdict(), "kind": "denial", "time": 10, "code": -4, "class": "capacity", "seats": 8}
    assert [told] == list(book.take())
    assert [] == list(book.take())
