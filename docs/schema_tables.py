"""JSON Schemas of values as tables of their fields, for the pages of `docs/reference`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

Json = dict[str, Any]

_SIMPLE = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
}


def value_section(
    level: str, name: str, schema: Json, values: Json, without: Collection[str] = ()
) -> Iterator[str]:
    """Yield the heading of a value, what it is, and its fields."""
    yield f"{level} {name}\n"
    yield f"{' '.join(schema['description'].split())}\n"
    yield from field_table(
        (field, _holds(described, values), described["description"])
        for field, described in schema["properties"].items()
        if field not in without
    )


def field_table(fields: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Yield a table of fields: name, what it holds, what that means."""
    yield "| field | holds | meaning |\n|---|---|---|"
    for name, holds, means in fields:
        yield f"| `{name}` | {holds} | {' '.join(means.split())} |"
    yield ""


def _holds(schema: Json, values: Json) -> str:
    """Say what a field holds, as one says it."""
    if "anyOf" in schema:
        return " or ".join(_holds(each, values) for each in schema["anyOf"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})" if "properties" in values[name] else _holds(values[name], values)
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{word}`" for word in schema.get("enum", [schema.get("const")]))
    if schema["type"] == "array":
        return f"list of {_holds(schema['items'], values)}"
    if schema["type"] == "object":
        inner = schema["additionalProperties"]
        return f"{_holds(inner, values)} by name" if isinstance(inner, dict) else "object"
    return _SIMPLE[schema["type"]]
