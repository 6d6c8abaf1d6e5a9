"""The answer behind `audit`."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from exporter.errors import UsageError
from exporter.reports.audit import Audit, ServerAudit, audit_server
from exporter.reports.audit_output import AuditOutput, all_remarks
from exporter.reports.audited_servers import our_server
from exporter.status_texts.told import FeatureStatus, Holder, ServerStatus, UnknownLine
from exporter.tiers.stopless import stopless_since

NOON = 1_651_752_000
"""2022-05-05T12:00:00Z."""
MADRID = ZoneInfo("Europe/Madrid")
"""Two hours ahead of UTC then."""


def holder(user: str, host: str, seats: int = 1, ago: int = 3_600, *, sure: bool = True) -> Holder:
    """Return a holder who began so many seconds before noon."""
    start = datetime.fromtimestamp(NOON - ago - NOON % 60, MADRID).replace(tzinfo=None, second=0)
    return Holder(user, host, "", seats, start, sure)


def feature(name: str, in_use: int | None, *holders: Holder, vendor: str = "MLM", **more: int) -> FeatureStatus:
    """Return a feature of a status text, of 9 seats."""
    told = {"issued": 9, "reserved": 0} | more
    return FeatureStatus(vendor, name, told["issued"], in_use, told["reserved"], holders)


def audited(ledger, *features: FeatureStatus, tolerance: int = 0, faults: tuple[str, ...] = ()) -> Audit:
    """Return the audit of a server's features at noon."""
    status = ServerStatus(("lic1",), None, False, features, faults)
    return Audit(
        "lmstat", (audit_server(ledger, status, "lic1", NOON, MADRID, stopless_since),), (), (), tolerance
    )  # fmt: skip


def only(found: Audit) -> ServerAudit:
    """Return its one server."""
    (server,) = found.servers
    return server


@pytest.fixture
def site(ledger):
    """Give a ledger that is known from ten hours before noon to noon: ann and bob hold MATLAB, cy held it before."""
    ledger.stream(1, frontier=NOON, last_line=NOON)
    ledger.add("coverage", stream=1, number=1, start=NOON - 36_000, end=NOON, rev=1)
    ledger.generation(1, 1)
    ledger.product(1, "MATLAB")
    ledger.product(2, "Simulink")
    ledger.product(3, "MATLAB", server="lic2")
    ledger.holder(1, "Ann Marie", "pc-ann.lab.example", ":0.0")
    ledger.holder(2, "bob", "pc2")
    ledger.holder(3, "cy", "pc3")
    ledger.session(10, 1, 1, 1, NOON - 3_600)
    ledger.session(20, 1, 2, 2, NOON - 7_200)
    ledger.change(20, 1, NOON - 60, 3, 21)
    ledger.change(20, 2, NOON + 60, 5, 22)
    ledger.session(30, 1, 3, 1, NOON - 9_000, end=NOON - 30, reason="returned")
    ledger.session(40, 3, 3, 7, NOON - 9_000)
    ledger.add("capacity_row", product=1, start=0, seats=4, origin="config", rev=1)
    ledger.add("capacity_row", product=1, start=NOON, seats=9, origin="config", rev=1)
    return ledger


ANN, BOB = holder("ANN MARIE", "pc-ann"), holder("bob", "PC2.lab.example", 3, 7_200)


def test_equal_levels_are_equal(site) -> None:
    """Seats of spans at the instant, not of the session's beginning; hosts with and without domain, in any case."""
    found = audited(site, feature("MATLAB", 4, ANN, BOB))
    (matlab,) = only(found).features

    assert (4, 4, 0, (), ()) == (matlab.theirs, matlab.ours, matlab.difference, matlab.alone, matlab.why)
    assert (9, 9, False) == (matlab.issued_theirs, matlab.issued_ours, found.different)


def test_a_name_with_blanks_is_found_wherever_the_text_may_split_it(site) -> None:
    """`ann marie pc-ann :0` is our session of `Ann Marie` at `pc-ann`, though the text was split elsewhere."""
    unsure = Holder("ann", "marie", "pc-ann :0", 1, None, sure=False)

    assert () == only(audited(site, feature("MATLAB", 4, unsure, BOB))).features[0].alone


def test_a_session_of_one_side_is_named_with_its_reason(site) -> None:
    """Who ended just before, began before our log, or holds other seats is named on the side that has it."""
    gone, old = holder("cy", "pc3", 1, 9_000), holder("dee", "pc4", 2, 90_000)
    found = audited(site, feature("MATLAB", 5, gone, old, holder("bob", "pc2", 2, 7_200)))
    (matlab,) = only(found).features

    assert found.different
    assert [
        ("theirs", "cy", 1, "ours ended 30 s before"),
        ("theirs", "dee", 2, "our logs tell of nothing when it began"),
        ("theirs", "bob", 2, ""),
        ("ours", "bob", 3, ""),
        ("ours", "Ann Marie", 1, ""),
    ] == [(one.side, one.user, one.seats, one.why) for one in matlab.alone]
    assert (
        "1 seat of sessions that begin or end within 120 s",
        "2 seats of sessions that began when our logs tell of nothing",
    ) == matlab.why


def test_the_nearest_start_is_the_same_session(site) -> None:
    """Of two equal sessions of ours the one with their start is theirs; the other one is left."""
    site.session(50, 1, 1, 1, NOON - 7_000)
    (matlab,) = only(audited(site, feature("MATLAB", 4, ANN, BOB))).features

    assert [("ours", NOON - 7_000)] == [(one.side, one.start) for one in matlab.alone]


def test_differences_within_the_tolerance_are_none(site) -> None:
    """Seats apart count beyond the tolerance only; seats issued always, where both sides know them."""
    two_less = feature("MATLAB", 2, ANN)

    assert [True, False] == [audited(site, two_less, tolerance=seats).different for seats in (1, 2)]
    assert audited(site, feature("MATLAB", 4, ANN, BOB, issued=8), tolerance=5).different
    assert not audited(site, feature("MATLAB", 4, ANN, BOB), feature("Simulink", 0, issued=8)).different


def test_features_are_found_by_name_where_the_vendor_is_called_otherwise(site) -> None:
    """A vendor that the text doesn't tell, or calls otherwise, is no other feature; one that is ours is."""
    site.product(4, "matlab", vendor="other")
    for vendor in ("", "The MathWorks"):
        assert [("MLM", "Simulink")] == [
            (one.vendor, one.feature)
            for one in only(audited(site, feature("SIMULINK", 0, vendor=vendor))).features
            if one.theirs == 0 and not one.ours
        ]
    (other,) = only(audited(site, feature("MATLAB", 0, vendor="other"))).features
    assert ("other", 0) == (other.vendor, other.ours)


def test_what_the_text_does_not_list_is_not_in_use_there(site) -> None:
    """Of a daemon that the text tells of, our other features in use are compared with nothing; not so of lmstat -i."""
    found = only(audited(site, feature("Simulink", 0)))
    assert [("MATLAB", 0, 4, ("the server doesn't list it",)), ("Simulink", 0, 0, ())] == [
        (one.feature, one.theirs, one.ours, one.why) for one in found.features
    ]
    assert ["Simulink"] == [one.feature for one in only(audited(site, feature("Simulink", None))).features]


def test_known_reasons_are_told(site) -> None:
    """Suspect seats of ours, shared seats of theirs, and features that no log of ours told of."""
    site.connection.execute("UPDATE session SET suspect = ? WHERE at = 20", (NOON - 10,))
    found = only(audited(site, feature("MATLAB", 3, ANN, BOB), feature("toolbox", 1, holder("eve", "pc5"))))

    assert [
        (
            "ours has 3 suspect seats: a gap of the log may hide their end",
            "theirs are shared: those who hold them asked for 4",
        ),
        ("our logs have never told of it",),
    ] == [one.why for one in found.features]


def test_a_daemon_that_writes_no_check_ins_is_not_judged(site) -> None:
    """Its level is shown nowhere, so no difference counts, and the reason is told."""
    day = NOON // 86_400 - 2
    site.add("activity", stream=1, vendor="MLM", day=day, starts=99, stops=0, resets=0)
    found = audited(site, feature("MATLAB", 1, ANN))

    assert not found.different
    assert only(found).features[0].why[0].startswith("its daemon writes no check-ins")


def test_a_log_that_is_not_known_so_far_is_told(site) -> None:
    """A frontier before the instant is told with its log."""
    site.connection.execute("UPDATE stream SET frontier = ?", (NOON - 600,))

    assert [NOON - 600] == [one.frontier for one in only(audited(site, feature("MATLAB", 4, ANN, BOB))).behind]


def test_the_server_is_the_one_that_the_text_names(site) -> None:
    """By name, with a domain or without, in any case, or as asked for; else the question is put."""
    site.stream(2, name="/logs/b.log", source="b", server="LIC2.lab.example")

    assert "lic1" == our_server(site, ["a", "LIC1.example.org"], None)
    assert "LIC2.lab.example" == our_server(site, ["lic2"], None)
    assert "lic1" == our_server(site, ["lic2"], "lic1")
    for names in ([], ["other"], ["lic1.a", "lic2"]):
        with pytest.raises(UsageError, match=r"Say with --server which one that is, of LIC2\.lab\.example, lic1\."):
            our_server(site, names, None)
    with pytest.raises(UsageError, match="knows no server x"):
        our_server(site, ["lic1"], "x")


@pytest.fixture
def evil(site) -> Audit:
    """Give an audit of names that act on terminals and spreadsheets, of a server with faults and unknown lines."""
    site.connection.execute("UPDATE stream SET frontier = ?", (NOON - 600,))
    bad = holder("=cmd()", "[red]pc[/red]", 2)
    server = only(
        audited(site, feature("MATLAB", 4, ANN, BOB), feature("-[b]x", 2, bad, reserved=5), faults=("x is [i]down",))
    )
    return Audit("lmstat", (server,), (), tuple(UnknownLine(n, f"  [b]line\x1b {n}") for n in range(7, 14)), 0)


def test_an_audit_is_shown_as_tables(evil: Audit, shown, expected) -> None:
    """The printed text is the golden one: differences, sessions, faults, unknown lines; no markup of the data."""
    assert expected("audit") == shown(AuditOutput(sessions=True).show, evil, 160)


def test_an_audit_is_written_as_csv(evil: Audit) -> None:
    """A row a feature, or a session of one side; what would be a formula is text; remarks are apart."""
    features, sessions = (
        list(csv.DictReader(io.StringIO(AuditOutput(sessions=one).as_csv(evil)))) for one in (False, True)
    )

    assert 1 + 1 + 5 + 1 == len(list(all_remarks(evil)))
    assert [("'-[b]x", "2", "0", "2", "true"), ("MATLAB", "4", "4", "0", "false")] == [
        (row["feature"], row["theirs"], row["ours"], row["difference"], row["different"]) for row in features
    ]
    assert [("theirs", "'=cmd()", "2", "2022-05-05T11:00:00Z")] == [
        (row["side"], row["user"], row["seats"], row["start"]) for row in sessions
    ]


def test_an_audit_is_written_as_json(evil: Audit) -> None:
    """Everything is in one document: differences, whose they are, what is behind, and lines not understood."""
    told = json.loads(AuditOutput(sessions=True).as_json(evil))
    (server,) = told["servers"]
    odd, matlab = server["features"]

    assert ("lmstat", True, "lic1", "2022-05-05T12:00:00Z") == (
        told["kind"], told["different"], server["server"], server["at"]
    )  # fmt: skip
    assert [7, 8] == [line["number"] for line in told["unknown_lines"]][:2]
    assert ("2022-05-05T11:50:00Z", ["x is [i]down"]) == (server["behind"][0]["frontier"], server["faults"])
    assert (2, 5, True, "=cmd()") == (odd["difference"], odd["reserved"], odd["different"], odd["sessions"][0]["user"])
    assert ([], 0) == (matlab["sessions"], matlab["difference"])


def test_a_session_that_has_just_begun_may_not_be_in_our_log_yet(site) -> None:
    """Theirs that began within the margin is told as near, not as a time that our logs tell nothing of."""
    (matlab,) = only(audited(site, feature("MATLAB", 5, ANN, BOB, holder("eve", "pc5", 1, 60)))).features

    assert ["it began less than 120 s before"] == [one.why for one in matlab.alone]


def test_logs_within_the_margin_are_not_behind(site) -> None:
    """A running service notes up to when a quiet log is known once a minute; that is no fault."""
    site.connection.execute("UPDATE stream SET frontier = ?", (NOON - 100,))

    assert () == only(audited(site, feature("MATLAB", 4, ANN, BOB))).behind
