"""Real Alertmanager, with the example in deploy/alertmanager, sends mail that a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from exporter.clock import SystemClock
from tests.e2e.command_line import ROOT
from tests.e2e.running import until
from tests.servers.alertmanager import Alertmanager
from tests.servers.mail_server import MailServer, mail_server

CONFIG = (ROOT / "deploy" / "alertmanager" / "alertmanager.yml").read_text()
FEATURE = {"server": "lic1", "vendor": "acornd", "feature": "acorn_base"}


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """Give a mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def alertmanager(mails: MailServer) -> Iterator[Alertmanager]:
    """Give Alertmanager with our example, which waits for seconds only."""
    made = Alertmanager()
    config = CONFIG.replace("localhost:25", f"127.0.0.1:{mails.port}")
    for wait in ("group_wait: 30s", "group_wait: 10s", "group_interval: 5m"):
        assert 1 == config.count(wait)
        config = config.replace(wait, f"{wait.partition(':')[0]}: 2s")
    made.start(config)
    yield made
    made.remove()


def _alert(name: str, severity: str, *, over: bool = False, **labels: str) -> dict[str, Any]:
    """Return an alert as Prometheus tells it."""
    now = datetime.fromtimestamp(SystemClock().now(), UTC).isoformat()
    return {
        "labels": {"alertname": name, "severity": severity, "job": "seatwatch", "instance": "here", **labels},
        "annotations": {
            "summary": f"{name} of {labels.get('feature')}.",
            "description": "Do this & that.",
            "dashboard": "http://localhost:3000/d/seatwatch-feature",
        },
        **({"endsAt": now} if over else {}),
    }


def _text(mail: EmailMessage) -> str:
    """Return the text of a mail of one part."""
    (part,) = [one for one in mail.walk() if not one.is_multipart()]
    assert "text/plain" == part.get_content_type()
    return str(part.get_content()).replace("\r\n", "\n").strip()


def test_a_mail_tells_what_to_do_and_a_second_that_it_is_over(alertmanager: Alertmanager, mails: MailServer) -> None:
    """Mail comes when an alert fires, none of what follows from it as long as it does, and another when it is over."""
    alertmanager.tell([_alert("LicenceExhausted", "critical", **FEATURE)])
    alertmanager.tell([_alert("LicenceSaturated", "warning", **FEATURE)])
    alertmanager.tell([_alert("LicenceSaturated", "warning", **FEATURE | {"server": "lic2"})])
    until("mail of both servers", lambda: len(mails.mails) > 1)
    fired = {str(mail["Subject"]): mail for mail in mails.mails}
    alertmanager.tell([_alert("LicenceExhausted", "critical", over=True, **FEATURE)])
    over = until("mail that it is over", lambda: [mail for mail in mails.mails if "resolved" in mail["Subject"]])[0]

    assert {"[firing] LicenceExhausted lic1 (1)", "[firing] LicenceSaturated lic2 (1)"} == fired.keys()
    assert {"licences@example.org"} == {mail["To"] for mail in mails.mails}
    assert "LicenceExhausted of acorn_base.\nDo this & that.\nhttp://localhost:3000/d/seatwatch-feature" == _text(
        fired["[firing] LicenceExhausted lic1 (1)"]
    )
    assert "[resolved] LicenceExhausted lic1 (1)" == over["Subject"]
    assert "Over: LicenceExhausted of acorn_base.\nhttp://localhost:3000/d/seatwatch-feature" == _text(over)


def test_without_seatwatch_nothing_else_is_told(alertmanager: Alertmanager, mails: MailServer) -> None:
    """While Seatwatch is absent, mail says so, and of what its last numbers said only another instance's comes."""
    alertmanager.tell([_alert("SeatwatchAbsent", "critical")])
    alertmanager.tell([_alert(name, "warning", **FEATURE) for name in ("LicenceSaturated", "SeatwatchSinkBehind")])
    alertmanager.tell([_alert("LicenceDenied", "warning", instance="another", **FEATURE)])
    until("the mail of another instance", lambda: len(mails.mails) > 1)

    assert {"SeatwatchAbsent", "LicenceDenied"} == {str(mail["Subject"]).split()[1] for mail in mails.mails}
