"""The HTTP server: a real round trip for every page, slow and rude clients, and addresses that can't be had."""

import gzip
import http.client
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event
from typing import NamedTuple

import pytest

from exporter.errors import ListenError
from exporter.publish import server as http_server
from exporter.publish.board import FeatureShown, Shown
from exporter.publish.combine import FeatureSum
from exporter.publish.portfolio import Place
from exporter.publish.server import Server
from exporter.views import StreamView, View

STREAM = StreamView(
    "lic1", "/l", "lic1", {}, (), True, 1.0, False, frozenset(), None, 0, {}, {}, writer_on_rotated=False
)
BODY = b"licence_feature_in_use 1.0\n" * 100


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Site:
    """What is served, to be changed by a test."""

    def __init__(self) -> None:
        """Begin with one source that is read to its end."""
        self.view = View(streams=(STREAM,), sources={"lic1": None}, ready=True)
        self.features: list[FeatureShown] = []
        self.before_scrape: Callable[[], object] = lambda: None

    def read(self) -> Shown:
        """Give the view with its features."""
        return Shown(self.view, self.features, [], [], Counter())

    def scrape(self, accept: str) -> tuple[str, bytes]:
        """Give a text that says what was asked for."""
        self.before_scrape()
        return f"text/plain; asked={accept}", BODY


@pytest.fixture
def site() -> Site:
    """Give a site."""
    return Site()


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    """Serve the site on a free port of the loopback."""
    server = Server("127.0.0.1:0", site.scrape, site, "1.2.3")
    server.start()
    yield server
    server.stop()


def ask(server: Server, path: str, method: str = "GET", **headers: str) -> Answer:
    """Send one request; underscores in names of headers are dashes."""
    connection = http.client.HTTPConnection(server.address, timeout=30)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def test_metrics_are_negotiated(server: Server) -> None:
    """The Accept header reaches the exposition, whose type and text come back."""
    answer = ask(server, "/metrics?x=1", Accept="application/x")

    assert (200, "text/plain; asked=application/x", BODY) == (
        answer.status,
        answer.headers["Content-Type"],
        answer.body,
    )


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [("gzip", True), ("deflate, GZIP;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.00", False), ("br", False)],
)
def test_gzip_when_asked(server: Server, accepted: str, zipped: bool) -> None:
    """The body is compressed for a client that takes it, and for no other."""
    answer = ask(server, "/metrics", Accept_Encoding=accepted)

    assert zipped == (answer.headers["Content-Encoding"] == "gzip")
    assert (gzip.decompress(answer.body) if zipped else answer.body) == BODY
    assert answer.headers["Content-Length"] == str(len(answer.body))


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz", "/", "/nothing"])
def test_head_is_get_without_the_body(server: Server, path: str) -> None:
    """HEAD has the status and the length of GET, and no body."""
    get, head = ask(server, path), ask(server, path, "HEAD")

    assert (get.status, get.headers["Content-Length"], b"") == (head.status, head.headers["Content-Length"], head.body)


def test_health(server: Server, site: Site) -> None:
    """The process is healthy before it is ready."""
    site.view = View()

    assert (200, b"ok\n") == ask(server, "/healthz")[::2]


def test_ready(server: Server, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every log read to its end the answer is 200; who asks often doesn't have the features worked out."""
    monkeypatch.delattr(Site, "read")
    assert (200, b"ready\n") == ask(server, "/readyz")[::2]


def test_ready_no_more(server: Server, site: Site) -> None:
    """What was said of a view is not said of the next one."""
    assert 200 == ask(server, "/readyz").status
    site.view = View(streams=(replace(STREAM, caught_up=False, lag=1),), sources={"lic1": None})

    assert 503 == ask(server, "/readyz").status


def test_not_ready_says_why(server: Server, site: Site) -> None:
    """Before that it is 503, with the sources that are not there yet and what each waits for."""
    behind = replace(STREAM, source="lic2", caught_up=False, lag=4096)
    site.view = View(streams=(STREAM, behind), sources={"lic1": None, "lic2": None, "x": "No file matches.", "y": None})

    answer = ask(server, "/readyz")

    assert (503, "text/plain; charset=utf-8") == (answer.status, answer.headers["Content-Type"])
    assert (
        b"not ready\nlic2: catching up, 4096 bytes to go\nx: No file matches.\ny: no log found yet\n"
    ) == answer.body


def test_the_landing_page_escapes_names(server: Server, site: Site) -> None:
    """Links, version, sources and their states are there; a name can't become markup, a stray byte breaks nothing."""
    bad = replace(STREAM, source="<script>&", problem="/a\udce9 can't be read.")
    site.view = View(streams=(STREAM, bad))

    answer = ask(server, "/")
    page = answer.body.decode()

    assert (200, "text/html; charset=utf-8") == (answer.status, answer.headers["Content-Type"])
    assert "<h1>Seatwatch 1.2.3</h1>" in page
    assert '<a href="metrics">' in page
    assert "<td>lic1</td><td>1</td><td>up to date</td>" in page
    assert "<td>&lt;script&gt;&amp;</td><td>1</td><td>/a? can&#x27;t be read.</td>" in page


def test_the_fullest_features_come_first(server: Server, site: Site) -> None:
    """Features are in the order of the share of their seats in use; a full one says so, and no name is markup."""
    site.features = [feature("half", 2, 4), feature("unknown", 9, None), feature("<full>", 3, 3)]

    page = ask(server, "/").body.decode()
    rows = [row for row in page.split("<tr>") if "v@s" in row]

    assert ["&lt;full&gt;", "half", "unknown"] == [row.partition("<td>")[2].partition("</td>")[0] for row in rows]
    assert ["3 of 3", "2 of 4", "9"] == [row.split("<td>")[3].partition("</td>")[0] for row in rows]
    assert [True, False, False] == ["at its limit" in row for row in rows]


def feature(name: str, seats: int, issued: int | None) -> FeatureShown:
    """Return a feature with so many *seats* in use."""
    return FeatureShown(("s", "v", name), FeatureSum(in_use=seats), issued, None, 0, 0, 0, Place("", "plain", True))


def test_the_landing_page_needs_nothing_from_elsewhere(server: Server) -> None:
    """No address of another host, no script and no picture is in it, and the browser is told to take none."""
    answer = ask(server, "/")

    assert not any(word in answer.body for word in (b"//", b"<script", b"<img", b"@import"))
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/nothing", "/metrics/", "//[", "/../etc/passwd"])
def test_other_paths_are_not_found(server: Server, path: str) -> None:
    """Every other path is 404."""
    assert ask(server, path).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_other_methods_are_refused(server: Server, method: str) -> None:
    """Nothing but GET and HEAD is answered, and the answer says so."""
    answer = ask(server, "/metrics", method)

    assert (405, "GET, HEAD") == (answer.status, answer.headers["Allow"])


def test_scrapes_run_side_by_side_past_a_slow_client(server: Server, site: Site) -> None:
    """Two scrapes are served at the same time while a third client has sent half a request and stopped."""
    both = Barrier(2, timeout=30)
    site.before_scrape = both.wait
    host, port = server.address.rsplit(":", 1)

    with socket.create_connection((host, int(port))) as slow, ThreadPoolExecutor(2) as pool:
        slow.sendall(b"GET /metrics HT")
        answers = [job.result(timeout=30) for job in [pool.submit(ask, server, "/metrics") for _ in range(2)]]

    assert [200, 200] == [answer.status for answer in answers]


def test_a_client_that_stops_talking_is_dropped(
    site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """When patience is over the connection is closed, and nothing is written about it."""
    monkeypatch.setattr(http_server._Handler, "timeout", 0.05)
    server = Server("127.0.0.1:0", site.scrape, site, "1.2.3")
    server.start()
    host, port = server.address.rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), timeout=30) as slow:
            slow.sendall(b"GET /metrics HT")
            assert slow.recv(1) == b""
    finally:
        server.stop()

    assert capfd.readouterr() == ("", "")


def test_no_request_is_logged_or_looked_up(
    server: Server, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A good and a bad request leave stderr empty, and no name is asked for."""

    def refuse(*args: object) -> str:
        raise AssertionError

    monkeypatch.setattr(socket, "getfqdn", refuse)
    monkeypatch.setattr(socket, "gethostbyaddr", refuse)

    assert [200, 404] == [ask(server, path).status for path in ("/metrics", "/nothing")]
    assert capfd.readouterr() == ("", "")


def test_an_error_of_ours_is_a_500_and_a_log_line(server: Server, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """A fault in the exposition is answered, logged once with its cause, and the next scrape works."""

    def fail() -> None:
        raise OSError("no more files")

    site.before_scrape = fail
    failed = ask(server, "/metrics")
    site.before_scrape = lambda: None

    assert (500, b"This page could not be made; Seatwatch's log says why.\n") == failed[::2]
    assert ask(server, "/metrics").status == 200
    assert ["A page could not be made."] == [made.message for made in caplog.records]
    assert "OSError: no more files" in caplog.text


def test_a_client_that_hangs_up_is_no_news(server: Server, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """A client that resets the connection before its answer is ready leaves no line in the log."""
    asked, gone = Event(), Event()

    def hold() -> None:
        asked.set()
        gone.wait(30)

    site.before_scrape = hold
    handled = Event()
    http, _ = server._running or pytest.fail("the server doesn't run")
    shutdown_request = http.shutdown_request

    def note(request: socket.socket | tuple[bytes, socket.socket]) -> None:
        shutdown_request(request)
        handled.set()

    http.shutdown_request = note  # type: ignore[method-assign]  # called when a request is over
    host, port = server.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=30) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert asked.wait(30)
    gone.set()

    assert handled.wait(30)
    assert [] == caplog.records


def test_ipv6(site: Site) -> None:
    """An IPv6 address in brackets is served, and shown in brackets."""
    server = Server("[::1]:0", site.scrape, site, "1.2.3")
    try:
        server.start()
    except ListenError:
        pytest.skip("this machine has no IPv6")
    try:
        assert server.address.startswith("[::1]:")
        assert ask(server, "/healthz").status == 200
    finally:
        server.stop()


def test_no_host_is_every_address(site: Site) -> None:
    """With the port alone, IPv4 is served too."""
    server = Server(":0", site.scrape, site, "1.2.3")
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", int(server.address.rsplit(":", 1)[1])), timeout=30) as client:
            client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert client.recv(12) == b"HTTP/1.0 200"
    finally:
        server.stop()


def test_stopping_frees_the_address(server: Server, site: Site) -> None:
    """After stop, which may be called twice, the same address can be served again at once."""
    address = server.address
    assert ask(server, "/healthz").status == 200
    server.stop()
    server.stop()

    again = Server(address, site.scrape, site, "1.2.3")
    again.start()
    try:
        assert (address, 200) == (again.address, ask(again, "/healthz").status)
    finally:
        again.stop()


def test_a_port_that_is_taken(server: Server, site: Site) -> None:
    """A second server on the port fails with a sentence that names the key, the address and the way out."""
    second = Server(server.address, site.scrape, site, "1.2.3")

    with pytest.raises(ListenError) as caught:
        second.start()

    assert (
        f"prometheus.listen: {server.address} can't be served, "
        "another program listens there; stop it or choose another port."
    ) == str(caught.value)


@pytest.mark.parametrize(
    "listen",
    ["9877", "localhost", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "::1:9877", "a..b:1", "192.0.2.1:0"],
)
def test_an_address_that_cannot_be(site: Site, listen: str) -> None:
    """An address that is none, or not of this machine, fails with a sentence that names the key and what to write."""
    with pytest.raises(ListenError, match=r"^prometheus\.listen: .*(write host:port|give one of its own).*\.$"):
        Server(listen, site.scrape, site, "1.2.3").start()
