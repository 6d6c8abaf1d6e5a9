"""Whatever happens between Seatwatch and InfluxDB: no point is lost, none is doubled, and no secret is told."""

from __future__ import annotations

import logging
import subprocess
from base64 import b64decode
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest

from exporter.clock import SystemClock
from exporter.errors import SinkAway, SinkError, SinkRefuses
from exporter.publish.influxdb.connection import connect
from exporter.publish.influxdb.sending import send
from tests.contract.conftest import Open, PutBetween
from tests.servers.between import Between, Cuts, Harm, Says, Waits
from tests.servers.influxd import Influxd
from tests.servers.installed import installed

NOBODY = "http://127.0.0.1:1"
STORED = Says(204)
V1, V18, V2 = (Says(204, {"X-Influxdb-Version": version}) for version in ("1.6.7~rc0", "1.8.10", "v2.7.11"))
SECRET = "s3cret-s3cret"  # noqa: S105 -- known to nobody


@pytest.fixture
def between(influxd: Influxd, put_between: PutBetween) -> Between:
    """Give what stands before InfluxDB 1.6."""
    influxd.make(live="35d")
    return put_between(influxd.url)


@pytest.mark.parametrize(
    ("harm", "told", "after"),
    [
        (Says(429, {"Retry-After": "17"}, b"slow down"), "can't take what was sent now (429: slow down).", 17.0),
        (Says(429), "can't take what was sent now (429).", None),
        (Says(500, {}, b'{"error":"engine is closed"}'), "can't take what was sent now (500: engine is closed).", None),
        (Says(503, {"Retry-After": "120"}), "can't take what was sent now (503).", 120.0),
        (Says(502, {}, b"\xff\x00<binary>"), "can't take what was sent now (502: \ufffd\ufffd<binary>).", None),
        (Cuts(passed=False), "can't be reached: the connection was cut.", None),
        (Cuts(passed=True), "can't be reached: the connection was cut.", None),
    ],
)
def test_trouble_that_passes(
    influxd: Influxd, between: Between, opened: Open, now: int, harm: Harm, told: str, after: float | None
) -> None:
    """It is told in one sentence; the next try goes well, and each point is there once, stored before or not."""
    connection, lines = opened(between.url), [b"m v=%d %d\n" % (n, now - n) for n in range(100)]
    connection.write("live", lines[0])
    between.does(harm)

    with pytest.raises(SinkAway) as away:
        send(connection, "live", lines)

    assert (f"InfluxDB at {between.url} {told}", after) == (str(away.value), away.value.retry_after)
    assert (100, 0, []) == send(connection, "live", lines)
    assert 100 == len(influxd.points("m"))
    assert 1 + 3 == len(between.seen)


def test_a_slow_server_is_not_waited_for_for_long(between: Between, opened: Open, now: int) -> None:
    """A server that takes longer than the time-out is left alone, for the first question as for a write."""
    connection, clock = opened(between.url, timeout=0.2), SystemClock()
    begun = clock.monotonic()
    for requests in (1, 3):
        between.does(*[STORED] * (requests - 1), Waits()) if requests == 1 else between.does(V1, Waits())
        with pytest.raises(SinkAway, match=r"did not answer within 0\.2 s\.$"):
            connection.write("live", b"m v=1 %d\n" % now)
        assert requests == len(between.seen)

    assert clock.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (Says(200, {}, b"<html>It works!"), r"answers as no InfluxDB does; is url right\? \(200\)\.$"),
        (Says(307, {"Location": NOBODY}), r"answers with the address of another server; write that in url \(307\)\.$"),
        (
            Says(401, {}, f"Authorization: Token {SECRET}".encode()),
            r"correct token_file \(or token_env\) \(401: Authorization: Token \*\*\*\)\.$",
        ),
        (
            Says(400, {}, b"Client sent an HTTP request to an HTTPS server.\n"),
            r"is url right, with http or https\? \(400: Client sent an HTTP request to an HTTPS server\.\)\.$",
        ),
        (Says(400, {}, b"\n<html>The plain HTTP request was sent"), r"is url right, with http or https\? \(400\)\.$"),
        (Says(407), r"is url right\? \(407\)\.$"),
    ],
)
def test_what_is_no_influxdb(between: Between, opened: Open, now: int, harm: Harm, told: str) -> None:
    """Nothing is taken for stored that InfluxDB did not say it stored, and no redirect is followed."""
    connection = opened(between.url, api="v2", token=SECRET)
    between.does(harm)

    with pytest.raises(SinkRefuses, match=told):
        connection.write("live", b"m v=1 %d\n" % now)

    assert 1 == len(between.seen)


@pytest.mark.parametrize(
    ("version", "keys", "path", "query", "authorization"),
    [
        (V1, {}, "/write", {"db": ["licences"], "rp": ["live"]}, None),
        (V1, {"user": "u", "password": SECRET}, "/write", {"db": ["licences"], "rp": ["live"]}, f"Basic u:{SECRET}"),
        (V18, {"user": "u", "password": SECRET}, "/api/v2/write", {"bucket": ["licences/live"]}, f"Token u:{SECRET}"),
        (
            V2,
            {"org": "a & b", "token": SECRET},
            "/api/v2/write",
            {"org": ["a & b"], "bucket": ["licences/live"]},
            f"Token {SECRET}",
        ),
        (V2, {"token": SECRET, "user": "u"}, "/api/v2/write", {"bucket": ["licences/live"]}, f"Token {SECRET}"),
        (
            V1,
            {"token": "t", "user": "u", "password": SECRET},
            "/write",
            {"db": ["licences"], "rp": ["live"]},
            f"Basic u:{SECRET}",
        ),
        (Says(204), {"token": SECRET}, "/api/v2/write", {"bucket": ["licences/live"]}, f"Token {SECRET}"),
        (Says(401), {"token": SECRET}, "/api/v2/write", {"bucket": ["licences/live"]}, f"Token {SECRET}"),
        (None, {"api": "v1"}, "/write", {"db": ["licences"], "rp": ["live"]}, None),
        (None, {"api": "v2", "org": "o"}, "/api/v2/write", {"org": ["o"], "bucket": ["licences/live"]}, None),
    ],
)
def test_each_generation_is_asked_in_its_way(
    between: Between,
    opened: Open,
    version: Says | None,
    keys: dict[str, str],
    path: str,
    query: dict[str, list[str]],
    authorization: str | None,
) -> None:
    """The version tells the way, the configuration over it; secrets go in a header and never in an address."""
    connection = opened(between.url, **keys)
    between.does(*([version] if version else []), STORED, STORED)
    connection.write("live", b"m v=1 1\n")
    connection.write("live", b"m v=1 2\n")

    *asked, first, second = between.seen
    assert ["/ping"] * (version is not None) == [one.path for one in asked]
    assert [(path, {**query, "precision": ["s"]})] * 2 == [(one.path, one.query) for one in (first, second)]
    kind, _, secret = first.headers.get("Authorization", "").partition(" ")
    told = f"{kind} {b64decode(secret).decode()}" if kind == "Basic" else f"{kind} {secret}".strip()
    assert (authorization or "") == told
    assert SECRET not in str([(one.path, one.query) for one in between.seen])


def test_a_server_that_refuses_is_asked_for_its_version_again(between: Between, opened: Open) -> None:
    """Where another generation was put in the place of a server, writing goes on without a restart."""
    connection = opened(between.url)
    between.does(V1, STORED, Says(404), V2, STORED)
    connection.write("live", b"m v=1 1\n")
    with pytest.raises(SinkRefuses):
        connection.write("live", b"m v=1 2\n")
    connection.write("live", b"m v=1 2\n")

    assert ["/ping", "/write", "/write", "/ping", "/api/v2/write"] == [one.path for one in between.seen]


def test_a_server_that_cannot_tell_its_version_now(between: Between, opened: Open) -> None:
    """A server that is overloaded when it is first asked is away, and asked again at the next try."""
    connection = opened(between.url)
    between.does(Says(503, {"Retry-After": "5"}), V2, STORED)
    with pytest.raises(SinkAway) as away:
        connection.write("live", b"m v=1 1\n")
    connection.write("live", b"m v=1 1\n")

    assert 5.0 == away.value.retry_after
    assert "/api/v2/write" == between.seen[-1].path


def test_through_a_proxy(influxd: Influxd, between: Between, opened: Open, now: int) -> None:
    """With a proxy all requests go through it; when it is gone, the message names it."""
    opened(influxd.url, proxy=between.url).write("live", b"m v=1 %d\n" % now)

    assert ["/ping", "/write"] == [one.path for one in between.seen]
    assert 1 == len(influxd.points("m"))
    with pytest.raises(SinkAway, match=f"^InfluxDB at {influxd.url} can't be reached by the proxy {NOBODY}: Conn"):
        opened(influxd.url, proxy=NOBODY).write("live", b"m v=1 %d\n" % now)


def test_by_tls(influxd: Influxd, put_between: PutBetween, opened: Open, now: int, tmp_path: Path) -> None:
    """A certificate of one's own authority is trusted when ca_file names it, and not otherwise."""
    influxd.make(live="35d")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=x"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1"]
    made = [installed("openssl", "openssl"), *words, "-keyout", key, "-out", certificate]
    subprocess.run(made, check=True, capture_output=True)
    trust = SSLContext(PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(certificate, key)
    between = put_between(influxd.url, trust)

    opened(between.url, ca_file=str(certificate)).write("live", b"m v=1 %d\n" % now)

    assert 1 == len(influxd.points("m"))
    with pytest.raises(SinkRefuses, match="certificate is not trusted; name the authority that signed it in ca_file"):
        opened(between.url).write("live", b"m v=1 %d\n" % now)


@pytest.mark.parametrize(
    ("url", "keys", "kind", "told"),
    [
        (NOBODY, {}, SinkAway, "can't be reached: Connection refused."),
        ("http://nobody.invalid:8086", {}, SinkAway, "can't be reached: "),
        (NOBODY, {"ca_file": "/nowhere/ca.pem"}, SinkRefuses, "ca_file /nowhere/ca.pem can't be used: No such file"),
        (NOBODY, {"ca_file": __file__}, SinkRefuses, "can't be used: it holds no certificate."),
        (NOBODY, {"token": f"{SECRET}\n"}, SinkRefuses, "holds a line break or another control character."),
        (NOBODY, {"user": "u", "password": f"{SECRET}\r"}, SinkRefuses, "holds a line break"),
    ],
)
def test_what_cannot_be_asked(opened: Open, url: str, keys: dict[str, str], kind: type[SinkError], told: str) -> None:
    """A server that isn't there, and what no request can be made with, is told by name, without the secret."""
    with pytest.raises(kind) as wrong:
        opened(url, **keys).write("live", b"m v=1 1\n")

    assert str(wrong.value).startswith(f"InfluxDB at {url}")
    assert told in str(wrong.value)
    assert SECRET not in str(wrong.value)


def test_no_secret_is_told(between: Between, caplog: pytest.LogCaptureFixture) -> None:
    """Neither what is logged, at whatever level, nor a text form of the connection holds a token or password."""
    with caplog.at_level(logging.DEBUG):
        connection = connect(between.url, database="licences", token=SECRET, user="u", password=SECRET)
        for logger in ("urllib3", "influxdb_client.client.http"):
            logging.getLogger(logger).setLevel(logging.DEBUG)
        between.does(V2, Says(400, {}, b"unable to parse"), STORED)
        with pytest.raises(SinkError) as wrong:
            connection.write("live", b"m v=1 1\n")
        connection.write("live", b"m v=1 1\n")
        connection.close()

    told = [caplog.text, repr(vars(connection)), str(wrong.value), repr(wrong.value.__context__)]
    assert [] == [text for text in told if SECRET in text]
