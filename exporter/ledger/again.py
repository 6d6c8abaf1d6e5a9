"""
What has to be made again: a change lowers the time up to which the windows of a subject are stored.

*start* is the UTC second from which windows may differ; it may lie inside of one. What is lower already stays.
"""

from __future__ import annotations

import sqlite3


def make_feature_again(db: sqlite3.Connection, product: int, start: int) -> None:
    """Lower it for a feature, and for every configured product that has it as a member. Raises sqlite3.Error."""
    db.execute(
        "UPDATE stored SET until = ?1 WHERE until > ?1 AND subject IN "
        "(SELECT id FROM subject WHERE product = ?2 UNION SELECT subject FROM member WHERE product = ?2)",
        (start, product),
    )


def make_subject_again(db: sqlite3.Connection, subject: int, start: int) -> None:
    """Lower it for one subject. Raises sqlite3.Error."""
    db.execute("UPDATE stored SET until = ?1 WHERE until > ?1 AND subject = ?2", (start, subject))
