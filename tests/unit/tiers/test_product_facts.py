"""What makes up a product, and in which order its members' lines of one second come."""

from __future__ import annotations

from exporter.tiers.facts import Issued, Step, Steps, SubjectFacts, Use, Uses
from exporter.tiers.products import Part, as_member, counted, product_facts
from tests.property.brute_windows import each_window


def member(*moves: tuple[int, int, int], **fields: object) -> SubjectFacts:
    """Return a member whose level moves by (time, line, delta)."""
    steps = Steps.of(Step(time, (1, line), delta) for time, line, delta in moves)
    return SubjectFacts(**{"first": 0, "coverage": [(0, 100)], "levels": steps, **fields})  # type: ignore[arg-type]


def test_a_package_counts_and_its_components_do_not() -> None:
    """Of a package and its components only the package is a member, however they are listed, and it counts once."""
    components = {"package": ["part", "other part"], "alone": ["alone"]}

    assert ["package", "alone"] == counted(["part", "package", "alone", "package", "other part"], components)
    assert ["part"] == counted(["part"], components)


def test_a_product_without_members_has_no_windows() -> None:
    """Of no feature at all nothing is known."""
    facts = product_facts([])

    assert (None, [], []) == (facts.first, each_window(facts, [0, 100]), facts.levels.times.tolist())


def test_in_one_stream_the_order_of_lines_holds() -> None:
    """Members of one log: an OUT before an IN of the same second is a state with both."""
    parts = [Part(1, member((0, 1, 1), (50, 9, -1))), Part(1, member((50, 8, 1)))]

    assert [2] == [it.sums.in_use_max for it in each_window(product_facts(parts), [0, 100])]


def test_between_streams_ends_come_first() -> None:
    """Members of two logs: nobody knows which line was first, so a seat that moves over is not counted twice."""
    parts = [Part(2, member((50, 1, 1))), Part(1, member((0, 1, 1), (50, 9, -1)))]
    (found,) = each_window(product_facts(parts), [0, 100])

    assert (1, 0, 100) == found.sums[:3]


def test_between_streams_equal_moves_are_ordered_by_stream_then_line() -> None:
    """Ends first, then by the streams' rank, then by line."""
    parts = [Part(2, member((0, 5, 1), (50, 7, 1), (50, 8, -1))), Part(1, member((50, 9, 1), (50, 10, 2)))]
    levels = product_facts(parts).levels

    assert ([1, -1, 1, 2, 1], [5, 8, 9, 10, 7]) == (levels.deltas.tolist(), [line for _, line in levels.seqs])


def test_a_session_without_length_ends_after_it_began() -> None:
    """Putting ends first never shows fewer seats than none."""
    parts = [Part(2, member((50, 1, 2), (50, 2, -2))), Part(1, member((50, 9, 1)))]
    levels = product_facts(parts).levels

    assert [1, 2, -2] == levels.deltas.tolist()
    assert [(3, 0)] == [it.sums[:2] for it in each_window(product_facts(parts), [0, 100])]


def test_a_product_is_covered_where_any_member_is_but_for_holes() -> None:
    """Coverage is that of all members without the holes of any; time without ends and first sight are those of any."""
    one = member(first=7, coverage=[(60, 90), (0, 40)], stopless=[(0, 5)])
    two = member(first=3, coverage=[(20, 80)], stopless=[(3, 9), (30, 31)])
    unseen = member(first=None)
    facts = product_facts([Part(1, one), Part(2, two), Part(3, unseen)])

    assert (3, [(0, 40), (60, 100)], [(0, 9), (30, 31)]) == (facts.first, facts.coverage, facts.stopless)


def test_what_one_redundant_server_tells_is_no_hole() -> None:
    """A feature of two streams is one member: covered where either tells of it, and a hole only where neither does."""
    pair = [Part(1, member(coverage=[(0, 10), (30, 60)])), Part(2, member(coverage=[(5, 40), (70, 90)]))]
    alone = Part(3, member(coverage=[(0, 100)]))

    assert [(0, 60), (70, 90)] == product_facts(as_member(pair)).coverage
    assert [(0, 60), (70, 100)] == product_facts([*as_member(pair), *as_member([alone])]).coverage


def test_a_second_of_one_stream_has_its_own_order() -> None:
    """Lines of another stream at other times don't change the order of the lines of one second."""
    parts = [Part(1, member((50, 1, 2), (50, 2, -2), (50, 3, 1))), Part(2, member((70, 1, 1)))]

    assert [2, -2, 1, 1] == product_facts(parts).levels.deltas.tolist()


def test_issued_seats_of_a_product_are_the_sum() -> None:
    """At each date the seats of all members that are known by then add up."""
    one, two = member(issued=[Issued(0, 4), Issued(50, 2)]), member(issued=[Issued(20, 3), Issued(50, 5)])

    assert [Issued(0, 4), Issued(20, 7), Issued(50, 7)] == product_facts([Part(1, one), Part(2, two)]).issued


def test_lines_users_and_queues_of_a_product_are_those_of_all_members() -> None:
    """A user of two members is one user of the product; lines, episodes and waiting seats add up."""
    queue = Steps.of([Step(10, (1, 3), 2)])
    one = member(
        uses=Uses.of([Use(0, 50, 7)]), checkouts=[0], checkins=[50], denials=[3, 9], queued=queue, suspect=queue
    )
    two = member(uses=Uses.of([Use(10, None, 7)]), checkouts=[10], denials=[5], waited=[5], refused=[9], queued=queue)
    (found,) = each_window(product_facts([Part(1, one), Part(2, two)]), [0, 100])

    assert (2, 1, 3) == (found.sums.checkouts, found.sums.checkins, found.sums.denials)
    assert (1, 1, 4) == (found.sums.denials_waited, found.sums.denials_refused, found.sums.queued_max)
    assert (1, 2) == (found.sums.users, found.sums.suspect_seats)
