"""The stand-in for InfluxDB 2 finds what InfluxDB's own description of its interface does not allow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.servers.openapi import Answer, Description, Request


@pytest.mark.parametrize(
    ("request_", "answer", "expected"),
    [
        (Request("GET", "/api/v2/nothing", {}, b""), Answer(200, {}), "not described"),
        (Request("GET", "/api/v2/buckets?nam=x", {}, b""), Answer(200, {}), "the parameter nam is not described"),
        (Request("GET", "/api/v2/buckets?limit=200", {}, b""), Answer(200, {}), "limit: $: 200 is greater than"),
        (Request("GET", "/api/v2/buckets?limit=x", {}, b""), Answer(200, {}), "limit: $: 'x' is not of type"),
        (Request("GET", "/api/v2/buckets", {}, b"{}"), Answer(200, {}), "a body where none is described"),
        (Request("GET", "/api/v2/buckets", {}, b""), Answer(200, {"buckets": [{}]}), "'name' is a required property"),
        (Request("GET", "/api/v2/buckets", {}, b""), Answer(200), "the answer 200 must have a body"),
        (Request("GET", "/api/v2/buckets", {}, b""), Answer(204), "the answer 204 is not described"),
        (Request("POST", "/api/v2/write?org=a&bucket=b", {}, b"#"), Answer(204, {}), "must not have a body"),
        (Request("POST", "/api/v2/write?bucket=b", {}, b"#"), Answer(204), "the parameter org is missing"),
        (Request("POST", "/api/v2/buckets", {}, b"{}"), Answer(201, {}), "the body is of no kind"),
    ],
)
def test_the_description_is_held_against_all(
    request_: Request, answer: Answer, expected: str, influxdb2_description: Description
) -> None:
    """What is no such request, or no such answer, is found."""
    assert any(expected in fault for fault in influxdb2_description.faults(request_, answer))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"orgID": "1"}, "'name' is a required property"),
        ({"orgID": "1", "name": "a", "retentionRule": []}, "the key retentionRule is not described"),
        ({"orgID": "1", "name": "a", "retentionRules": [{"everySeconds": "1h"}]}, "'1h' is not of type 'integer'"),
        ({"orgID": "1", "name": "a", "retentionRules": [{"everySeconds": -1}]}, "-1 is less than the minimum of 0"),
        ({"orgID": "1", "name": "a", "retentionRules": [{}]}, "'everySeconds' is a required property"),
    ],
)
def test_the_description_is_held_against_bodies(
    body: dict[str, Any], expected: str, influxdb2_description: Description
) -> None:
    """Keys that are missing, unknown, or of another type are found at any depth."""
    request = Request("POST", "/api/v2/buckets", {"content-type": "application/json"}, json.dumps(body).encode())

    assert any(
        expected in fault
        for fault in influxdb2_description.faults(request, Answer(201, {"name": "a", "retentionRules": []}))
    )
