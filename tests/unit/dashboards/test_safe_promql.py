"""Pieces of PromQL that no name can break."""

from __future__ import annotations

import pytest

from dashboards.promql import chosen, equals
from tests.servers.grafana import filled


def test_chosen_names_stand_in_a_raw_string() -> None:
    """Backslashes that Grafana puts before signs reach the regular expression, and quotes need none."""
    text = filled(chosen("feature", also='class="capacity"'), {"feature": ('a"b', "c$d\\e")})

    assert '{feature=~`(a"b|c\\$d\\\\e)`,class="capacity"}' == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", 'server="plain"'),
        ('quo"te', 'server="quo\\"te"'),
        ("back\\slash", 'server="back\\\\slash"'),
        ("two\nlines", 'server="two\\nlines"'),
        ("${feature}", 'server="\\x24{feature}"'),
        ("[[feature]]", 'server="\\x5b\\x5bfeature]]"'),
        ("räder", 'server="räder"'),
    ],
)
def test_a_fixed_name_is_escaped(value: str, expected: str) -> None:
    """A value between double quotes is one string to PromQL, and holds no variable to Grafana."""
    assert expected == equals("server", value)
    assert expected == filled(expected, {})
