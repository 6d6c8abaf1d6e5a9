"""What pydantic found wrong, as sentences for the user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from exporter.config.settings import Settings
from exporter.config.values import not_allowed, shown, suggestion

Loc = tuple[str | int, ...]
"""A key path in parts: ``("sources", 0, "timezone")``."""


class Fault(NamedTuple):
    """One thing that is wrong, and where."""

    loc: Loc
    sentence: str


def key_path(loc: Loc) -> str:
    """Return the text form of a key path: ``sources[0].timezone``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in loc)
    return "".join(parts).removeprefix(".")


def faults_of(error: ValidationError) -> Iterator[Fault]:
    """Yield the faults in *error*."""
    for detail in error.errors(include_url=False):
        yield Fault(detail["loc"], _sentence(detail))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[\w-]{1,60}", key, re.ASCII) else shown(key)


_WANTED = {
    "string_type": "text",
    "string_unicode": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def _sentence(detail: ErrorDetails) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key{suggestion(detail['loc'][-1], _keys_beside(detail['loc']))}"
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        return not_allowed(value, re.findall(r"'([^']*)'", context["expected"]))
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short":
        return "must name at least one"
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
        return f"{shown(value)} must be {bound}"
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} must look like 08:00-18:00"
    if kind == "string_type" and not isinstance(value, dict | list | None):
        return f"must be text, and YAML reads {shown(value)} as something else; put it in quotes"
    wanted = _WANTED.get(kind)
    return f"must be {wanted}, not {shown(value)}" if wanted else detail["msg"]


def _keys_beside(loc: Loc) -> list[str]:
    """Return the keys that are allowed where the last part of *loc* stands."""
    model: type[BaseModel] = Settings
    for part in loc[:-1]:
        if isinstance(part, str):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            model = next(_models_in(fields[part].annotation))
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
