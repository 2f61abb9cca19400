"""JSON Schemas of files that people write as tables, under the path that leads to each field."""

from __future__ import annotations

import json
from typing import Any

from docs.schema_tables import Json, holds, named_values


def settings_tables(schema: Json) -> str:
    """Return the fields at the top, then those of each value within, in the order in which they are met."""
    values = schema["$defs"]
    paths = _paths(schema, values)
    lines = _table(schema, schema, paths)
    for name, path in paths.items():
        text = " ".join(values[name]["description"].split())
        lines += [f"## `{path}`\n", f"{text}\n", *_table(values[name], schema, paths)]
    return "\n".join(lines)


def _paths(schema: Json, values: Json) -> dict[str, str]:
    """Return the path to each value, by the name of its definition: `devices[]`."""
    paths: dict[str, str] = {}
    waiting = list(schema["properties"].items())
    while waiting:
        path, field = waiting.pop(0)
        for steps, name in _values_in(field):
            if name not in paths and "properties" in values[name]:
                paths[name] = f"{path}{steps}"
                inner = values[name]["properties"].items()
                waiting[:0] = [(f"{paths[name]}.{each}", described) for each, described in inner]
    return paths


def _values_in(field: Json, steps: str = "") -> list[tuple[str, str]]:
    """Return the definitions that a field leads to, with the steps: `[]` in a list, `.NAME` by name."""
    if "$ref" in field:
        return [(steps, field["$ref"].rpartition("/")[2])]
    inner = [(each, steps) for each in field.get("anyOf", ())]
    if isinstance(field.get("items"), dict):
        inner.append((field["items"], f"{steps}[]"))
    inner += [(each, f"{steps}.NAME") for each in named_values(field)]
    return [found for each, way in inner for found in _values_in(each, way)]


def _table(described: Json, schema: Json, paths: dict[str, str]) -> list[str]:
    rows = ["| field | takes | default | meaning |", "|---|---|---|---|"]
    for name, field in described["properties"].items():
        takes = holds(_given(field), schema["$defs"], lambda value: f"[fields](#{_anchor(paths[value])})")
        default = "required" if name in described.get("required", ()) else _default(field.get("default"))
        rows.append(f"| `{name}` | {takes} | {default} | {' '.join(field['description'].split())} |")
    return [*rows, ""]


def _given(field: Json) -> Json:
    """Return a field as it is where somebody writes it: what may be left out is not written as null."""
    if "anyOf" not in field:
        return field
    return {**field, "anyOf": [each for each in field["anyOf"] if each.get("type") != "null"]}


def _anchor(path: str) -> str:
    """Return the anchor that the heading of a path gets."""
    return "".join(letter for letter in path.lower() if letter.isalnum() or letter in "_-")


def _default(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"
