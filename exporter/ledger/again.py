"""
What has to be made again: a change lowers the time up to which the windows of a subject are stored.

*start* is the UTC second from which windows may differ; it may lie inside of one. What is lower already stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


def make_features_again(db: sqlite3.Connection, products: Iterable[int], start: int) -> None:
    """Lower it for features, and for every configured product that has one as a member. Raises sqlite3.Error."""
    db.executemany(
        "UPDATE stored SET until = ?1 WHERE until > ?1 AND subject IN "
        "(SELECT id FROM subject WHERE product = ?2 UNION SELECT subject FROM member WHERE product = ?2)",
        [(start, product) for product in products],
    )


def make_subject_again(db: sqlite3.Connection, subject: int, start: int) -> None:
    """Lower it for one subject. Raises sqlite3.Error."""
    db.execute("UPDATE stored SET until = ?1 WHERE until > ?1 AND subject = ?2", (start, subject))


def make_stream_again(db: sqlite3.Connection, stream: int, start: int) -> None:
    """Lower it for the features that a stream tells of, also those of its server that only have a capacity."""
    products = db.execute(
        "SELECT product FROM total WHERE stream = ?1 UNION SELECT p.id FROM stream AS s "
        "JOIN product AS p USING (server) JOIN capacity AS c ON c.product = p.id WHERE s.id = ?1",
        (stream,),
    ).fetchall()
    make_features_again(db, (product for (product,) in products), start)
