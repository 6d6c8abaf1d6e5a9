"""The client library's own interfaces, as the connection lets others use them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from influxdb_client.rest import ApiException

from exporter.errors import SinkAway, SinkRefuses
from exporter.publish.influxdb.answers import Answer
from exporter.publish.influxdb.buckets import Buckets
from exporter.publish.influxdb.client import Access, Client
from exporter.publish.influxdb.storage import Storage
from tests.servers.between import Between, Cuts, Says

WANTED = (Storage("live", 86_400, 3600),)


@pytest.fixture
def server() -> Iterator[Between]:
    """Give a server that says what it is told to say."""
    made = Between("127.0.0.1:1")
    yield made
    made.close()


@pytest.fixture
def client(server: Between) -> Iterator[Client]:
    """Give a client of that server."""
    made = Client(Access(server.url, user="seatwatch", password="open-sesame"))  # noqa: S106  # of nobody
    yield made
    made.close()


def ready(library: Any) -> Any:
    """Ask the server whether it is ready."""
    return library.ready().status


def test_credentials_are_sent_once(server: Between, client: Client) -> None:
    """The library gets the credentials for its own requests, and they stay out of those that bring theirs."""
    server.does(Says(200, {"Content-Type": "application/json"}, b'{"status":"ready"}'), Says(204))

    assert "ready" == client.use(ready)
    client.ask("GET", "/ping", {}, basic=True)
    assert ["Token seatwatch:open-sesame", "Basic c2VhdHdhdGNoOm9wZW4tc2VzYW1l"] == [
        one.headers["Authorization"] for one in server.seen
    ]


def test_a_refusal_is_an_answer(server: Between, client: Client) -> None:
    """What the library takes for an error is given back as the server's answer, without the password."""
    server.does(Says(403, {}, b'{"message":"open-sesame may not"}'))
    answer = client.use(ready)

    assert isinstance(answer, Answer)
    assert (403, "*** may not") == (answer.status, answer.words)


def test_no_answer_at_all(server: Between, client: Client) -> None:
    """Where no answer comes, the server is away."""
    server.does(Cuts(passed=False))
    with pytest.raises(SinkAway, match="can't be reached"):
        client.use(ready)


def test_a_request_without_a_body(server: Between, client: Client) -> None:
    """A request that changes something may have nothing in its body, and is answered like any other."""
    server.does(Says(204))

    assert 204 == client.ask("POST", "/query", {"q": "DROP DATABASE x"}).status
    assert [("POST", b"")] == [(one.method, one.body) for one in server.seen]


def test_an_odd_failure_of_the_library(client: Client) -> None:
    """What the library can't do at all is told as that, and not as trouble with TLS."""

    def work(_: Any) -> None:
        raise ApiException(status=0, reason="Cannot prepare\n   a request message.")

    with pytest.raises(SinkRefuses, match=r": the request can't be made \(Cannot prepare a request message\)\.$"):
        client.use(work)


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]", b'{"links":{"self":"/"},"buckets":[{}]}'])
def test_buckets_of_something_else(body: bytes, server: Between, client: Client) -> None:
    """A list of buckets that is none is told in a sentence."""
    server.does(Says(200, {"Content-Type": "application/json"}, body))

    with pytest.raises(SinkRefuses, match="does not list its buckets as an InfluxDB 2 does; are url and api right"):
        Buckets(client, lambda answer, what: SinkRefuses(what), "example", "licences").found(WANTED)
