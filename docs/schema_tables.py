"""JSON Schemas of values as tables of their fields, for the pages of `docs/reference`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
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
        (field, holds(described, values), _means(described, values))
        for field, described in schema["properties"].items()
        if field not in without
    )


def _means(described: Json, values: Json) -> str:
    """Return what a field means; where only its kind says so, that."""
    means: str | None = described.get("description")
    return means or str(values[described["$ref"].rpartition("/")[2]]["description"])


def field_table(fields: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Yield a table of fields: name, what it holds, what that means."""
    yield "| field | holds | meaning |\n|---|---|---|"
    for name, holds, means in fields:
        yield f"| `{name}` | {holds} | {' '.join(means.split())} |"
    yield ""


def link(name: str) -> str:
    """Point at the table of a value."""
    return f"[{name}](#{name.lower()})"


def holds(schema: Json, values: Json, link: Callable[[str], str] = link) -> str:
    """Say what a field holds, as one says it; `link` points at the table of a value."""
    if "anyOf" in schema:
        return " or ".join(holds(each, values, link) for each in schema["anyOf"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        found = values[name]
        return link(name) if "properties" in found else holds(found, values, link)
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{word}`" for word in schema.get("enum", [schema.get("const")]))
    if "prefixItems" in schema:
        of = holds(schema["prefixItems"][0], values, link)
        return f"{len(schema['prefixItems'])} times {of}"
    if schema["type"] == "array":
        return f"list of {holds(schema['items'], values, link)}"
    if schema["type"] == "object":
        named = named_values(schema)
        return f"{' or '.join(holds(each, values, link) for each in named)} by name" if named else "object"
    return " ".join([_SIMPLE[schema["type"]], *_limits(schema)])


def named_values(schema: Json) -> list[Json]:
    """Return what stands under names that are the writer's own."""
    named = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
    return [each for each in named if isinstance(each, dict)]


def _limits(schema: Json) -> Iterator[str]:
    """Yield the limits of a number; those of texts are told in sentences."""
    yield from (words.format(schema[key]) for key, words in _LIMITS.items() if key in schema)


_LIMITS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "exclusiveMaximum": "below {}",
    "multipleOf": "in steps of {}",
}
