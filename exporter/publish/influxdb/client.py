"""
Requests to one InfluxDB, through its client library; the only place that knows that library.

Synchronous and without its retries, which follow redirects too: a request is made once, to the server that the
configuration names, and when it is tried again is `sending`'s business. The library is loaded with the first request,
since that takes half a second and 40 MB.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from traceback import clear_frames
from typing import Any, TypeVar

from exporter.errors import SinkAway, SinkError, SinkRefuses, SinkSlow
from exporter.publish.influxdb.answers import Answer

T = TypeVar("T")


@dataclass(frozen=True)
class Access:
    """How a server is reached, and as whom; its text form holds no secret."""

    url: str
    token: str | None = field(default=None, repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    """Certificates to trust instead of the system's."""
    proxy: str | None = None
    timeout: float = 10.0
    """Seconds to wait for a connection and for an answer."""

    def authorization(self, *, basic: bool) -> str | None:
        """
        Return the value of the header, None where neither token nor user is known; *basic* is 1.x's way.

        Without a token, user and password make one, as 1.8 takes it. Raises SinkRefuses for what no header can hold.
        """
        pair = f"{self.user}:{self.password or ''}" if self.user is not None else None
        secret = pair if basic else self.token or pair
        if secret is None:
            return None
        if any(character < " " or character == "\x7f" for character in secret):
            raise SinkRefuses(f"{self}: its token, user or password holds a line break or another control character.")
        value = secret.encode(errors="surrogateescape")
        # Headers are sent as latin-1, so this sends the bytes of UTF-8.
        return f"Basic {b64encode(value).decode()}" if basic else f"Token {value.decode('latin-1')}"

    def keys(self, *, basic: bool) -> str:
        """Return the keys of the configuration that say as whom the server is asked."""
        asked_as_user = basic or self.token is None
        return "user and password_file (or password_env)" if asked_as_user else "token_file (or token_env)"

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """What no message may repeat, in all its forms; what is shorter than 8 bytes is in any text by chance."""
        pair = f"{self.user}:{self.password}".encode(errors="surrogateescape")
        given = [one.encode(errors="surrogateescape") for one in (self.token, self.password) if one is not None]
        return tuple(one for one in (*given, b64encode(pair)) if len(one) >= 8)

    def __str__(self) -> str:
        """Return how messages call it."""
        return f"InfluxDB at {self.url}"


class Client:
    """Makes requests; used by one thread at a time."""

    def __init__(self, access: Access) -> None:
        """Take how the server is reached; nothing is tried yet."""
        self._access = access
        self._library: Any = None

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        *,
        basic: bool = False,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """
        Make one request and return the answer, whatever its status.

        Raises SinkAway where none came, SinkRefuses where the request can't be made at all.
        """
        authorization = self._access.authorization(basic=basic)
        sent: dict[str, Any] = {"Content-Type": "text/plain; charset=utf-8", "Accept": "application/json"}
        sent |= headers or {}
        if authorization is not None:
            sent["Authorization"] = authorization

        def work(library: Any) -> Answer:
            response = library.api_client.call_api(
                path,
                method,
                {},
                [*query.items()],
                sent,
                body=body,
                _return_http_data_only=True,
                _preload_content=False,
            )
            return self._answer(response.status, response.headers, response.data)

        return self._through(work)

    def use(self, work: Callable[[Any], T]) -> T | Answer:
        """
        Let *work* call the interfaces of the library's client, such as ``buckets_api()``, with the token.

        Returns what it returns, or the answer that the library took for an error. Raises as `ask` does.
        """

        def with_token(library: Any) -> T:
            headers = library.api_client.default_headers
            if (authorization := self._access.authorization(basic=False)) is not None:
                headers["Authorization"] = authorization
            try:
                return work(library)
            finally:
                headers.pop("Authorization", None)  # it would win over what `ask` sends

        return self._through(with_token)

    def _through(self, work: Callable[[Any], T]) -> T | Answer:
        from influxdb_client.rest import ApiException  # noqa: PLC0415 -- see above
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            return work(self._opened())
        except ApiException as error:
            if error.status:
                return self._answer(error.status, error.headers, error.body)
            failure = self._not_asked(str(error.reason))  # which is all that is known
            _let_go(error)
        except (HTTPError, OSError) as error:
            failure = self._no_answer(error)
            _let_go(error)
        raise failure

    def close(self) -> None:
        """Close the connections to the server; the next request opens them again."""
        if self._library is not None:
            self._library.close()
            self._library = None

    def _opened(self) -> Any:
        from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415 -- see above

        if self._library is None:
            access = self._access
            milliseconds = int(access.timeout * 1000)
            self._library = InfluxDBClient(
                access.url.rstrip("/"), timeout=milliseconds, proxy=access.proxy, ssl_context=self._trust()
            )
        return self._library

    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._access.ca_file)
        except OSError as error:
            why = (
                error.strerror if isinstance(error, FileNotFoundError | PermissionError) else "it holds no certificate"
            )
            raise SinkRefuses(f"{self._access}: ca_file {self._access.ca_file} can't be used: {why}.") from None

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes | str | None) -> Answer:
        answer = Answer(status, headers, body.encode() if isinstance(body, str) else body or b"")
        for secret in self._access.secrets:
            answer = answer.without(secret)
        return answer

    def _not_asked(self, reason: str) -> SinkError:
        """Return what it means that the library failed for a *reason*: TLS, of which it tells so, or anything."""
        why = " ".join(reason.split())[:200].rstrip(".")
        if not reason.startswith("SSLError"):
            return SinkRefuses(f"{self._access}: the request can't be made ({why}).")
        if "certificate" in why.casefold():
            what = "its certificate is not trusted; name the authority that signed it in ca_file"
            return SinkRefuses(f"{self._access}: {what} ({why}).")
        return SinkAway(f"{self._access} can't be reached by TLS: {why}.")

    def _no_answer(self, error: Exception) -> SinkAway:
        by = f" by the proxy {self._access.proxy}" if self._access.proxy else ""
        names = {type(one).__name__ for one in _behind(error)}
        if names & {"ReadTimeoutError", "ConnectTimeoutError", "TimeoutError"}:
            kind = SinkAway if "ConnectTimeoutError" in names else SinkSlow
            return kind(f"{self._access} did not answer{by} within {self._access.timeout:g} s.")
        system = [one.strerror for one in _behind(error) if isinstance(one, OSError) and one.strerror]
        return SinkAway(f"{self._access} can't be reached{by}: {system[-1] if system else 'the connection was cut'}.")


def _let_go(error: Exception) -> None:
    """
    Let an error of the library hold nothing of what was sent.

    It keeps its errors in circles, which Python finds late: in an outage there would be more and more of them.
    """
    for one in _behind(error):
        clear_frames(one.__traceback__)


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
