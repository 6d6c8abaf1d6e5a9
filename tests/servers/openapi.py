"""Whether a request and its answer are as an OpenAPI description says; used by servers that stand in for real ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

_NAME = "urn:description"
_LITERAL = {"integer": int, "number": float, "boolean": {"true": True, "false": False}.__getitem__}


class Request(NamedTuple):
    """A request as it came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    """With names in lower case."""
    body: bytes


class Answer(NamedTuple):
    """What is answered; *body* is JSON, or None for nothing."""

    status: int
    body: Any = None


class Description:
    """One OpenAPI 3.0 description; its schemas are those of JSON schema's draft 4, nearly."""

    def __init__(self, path: Path) -> None:
        """Read the file *path*."""
        self._whole = json.loads(path.read_text("utf-8"))
        self._registry: Registry[Any] = Registry().with_resource(_NAME, Resource(self._whole, DRAFT4))
        (server,) = self._whole["servers"]
        self._prefix = server["url"]

    def faults(self, request: Request, answer: Answer) -> list[str]:
        """Return what is wrong with a request and with its answer."""
        path = urlsplit(request.target).path
        operation = self._operation(request.method.lower(), path)
        if operation is None:
            return [f"{request.method} {path}: not described"]
        faults = (
            *self._in_parameters(operation, request),
            *self._in_body(operation, request),
            *self._in_answer(operation, answer),
        )
        return [f"{request.method} {request.target}: {fault}" for fault in faults]

    def _operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        for template, operations in self._whole["paths"].items():
            operation = operations.get(method)
            if operation is None:
                continue
            prefix = operation.get("servers", [{"url": self._prefix}])[0]["url"]
            if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(prefix + template)), path):
                return {
                    **operation,
                    "parameters": [*operations.get("parameters", ()), *operation.get("parameters", ())],
                }
        return None

    def _in_parameters(self, operation: Mapping[str, Any], request: Request) -> Iterator[str]:
        described = [self._resolved(one) for one in operation["parameters"]]
        query = parse_qsl(urlsplit(request.target).query, keep_blank_values=True, strict_parsing=False)
        named = {one["name"]: one for one in described if one["in"] == "query"}
        yield from (f"the parameter {name} is not described" for name, _ in query if name not in named)
        headers = {one["name"].lower(): one for one in described if one["in"] == "header"}
        given = [(name, value, named[name]) for name, value in query if name in named]
        given += [(name, request.headers[name], one) for name, one in headers.items() if name in request.headers]
        for name, value, one in given:
            yield from (f"{name}: {fault}" for fault in self._invalid(_literal(value, one["schema"]), one["schema"]))
        needed = {one["name"] for one in described if one.get("required") and one["in"] == "query"}
        yield from (f"the parameter {name} is missing" for name in sorted(needed - dict(query).keys()))

    def _in_body(self, operation: Mapping[str, Any], request: Request) -> Iterator[str]:
        described = operation.get("requestBody")
        if described is None:
            if request.body:
                yield "a body where none is described"
            return
        kind = request.headers.get("content-type", "").partition(";")[0]
        content = described["content"].get(kind)
        if content is None:
            yield f"the body is {kind or 'of no kind'}, not one of {', '.join(described['content'])}"
        elif kind == "application/json":
            body, schema = json.loads(request.body), content["schema"]
            yield from self._invalid(body, schema)
            # The schemas of this description forbid no further keys; a key that is spelt wrongly would go unnoticed.
            unknown = body.keys() - self._resolved(schema)["properties"].keys()
            yield from (f"the key {key} is not described" for key in sorted(unknown))

    def _in_answer(self, operation: Mapping[str, Any], answer: Answer) -> Iterator[str]:
        responses = operation["responses"]
        described = responses.get(str(answer.status)) or (responses.get("default") if answer.status >= 400 else None)
        if described is None:
            yield f"the answer {answer.status} is not described"
            return
        content = self._resolved(described).get("content", {}).get("application/json")
        if (content is None) != (answer.body is None):
            yield f"the answer {answer.status} {'must not' if content is None else 'must'} have a body"
        elif content:
            yield from (
                f"the answer {answer.status}: {fault}" for fault in self._invalid(answer.body, content["schema"])
            )

    def _resolved(self, one: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in one:
            one = self._registry.resolver(_NAME).lookup(one["$ref"]).contents
        return one

    def _invalid(self, value: Any, schema: Mapping[str, Any]) -> Iterable[str]:
        absolute = json.loads(json.dumps(schema).replace('"#/', f'"{_NAME}#/'))
        validator = Draft4Validator(absolute, registry=self._registry)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _literal(text: str, schema: Mapping[str, Any]) -> Any:
    """Return the value that *text* stands for in a URL or header; itself where it stands for none."""
    try:
        return _LITERAL.get(schema.get("type", "string"), str)(text)
    except (ValueError, KeyError):
        return text
