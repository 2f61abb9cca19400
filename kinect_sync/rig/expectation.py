"""What a field of the rig file takes, in an operator's words, derived from its JSON Schema.

One source: what a finding asks for can never differ from what the model accepts.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from kinect_sync.rig.model import RigFields
from kinect_sync.rig.problem import Location, listed


class Expectation(NamedTuple):
    """What a field takes."""

    text: str
    """As it stands after "must be": `5, 15 or 30`."""
    choices: tuple[str, ...]
    """Every value, where they can be listed."""
    kinds: frozenset[str]
    """JSON types: `integer`, `number`, `string`, `boolean`, `array`, `object`."""


def expectation(path: Location) -> Expectation:
    """Describe what the field at this path takes; the path must be one of the model's."""
    return _expectation(_without_indices(path))


@cache
def _expectation(path: Location) -> Expectation:
    node = _schema()
    for part in path:
        node = _descend(node, part)
    return _describe(node)


def known_keys(path: Location) -> dict[str, Any]:
    """Return the fields of the mapping at this path, by key; empty where it is no mapping."""
    return _known_keys(_without_indices(path))


@cache
def _known_keys(path: Location) -> dict[str, Any]:
    node = _schema()
    try:
        for part in path:
            node = _descend(node, part)
    except KeyError:
        return {}
    return dict(_mapping(node).get("properties", {}))


def _without_indices(path: Location) -> Location:
    """Make the paths of all devices one: what a field takes does not depend on where in a list it stands."""
    return tuple(0 if isinstance(part, int) else part for part in path)


@cache
def _schema() -> dict[str, Any]:
    return RigFields.model_json_schema()


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference; before 2.9, pydantic wraps one that has a description in `allOf`."""
    (wrapped,) = node.get("allOf", [node])
    if "$ref" not in wrapped:
        return dict(wrapped)
    resolved: dict[str, Any] = _schema()["$defs"][wrapped["$ref"].rpartition("/")[2]]
    return resolved


def _options(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the alternatives of a field, without null: to leave a field out, one leaves it out."""
    options = [_resolved(option) for option in _resolved(node).get("anyOf", [node])]
    return [option for option in options if option.get("type") != "null"]


def _mapping(node: dict[str, Any]) -> dict[str, Any]:
    return next((option for option in _options(node) if option.get("type") == "object"), {})


def _descend(node: dict[str, Any], part: str | int) -> dict[str, Any]:
    if isinstance(part, int):
        items: dict[str, Any] = next(option for option in _options(node) if "items" in option)["items"]
        return items
    mapping = _mapping(node)
    child: dict[str, Any] = mapping["properties"][part] if "properties" in mapping else _named(mapping)
    return child


def _named(mapping: dict[str, Any]) -> dict[str, Any]:
    """Return what stands under names that are the writer's own."""
    (named,) = mapping.get("patternProperties", {}).values() or (mapping["additionalProperties"],)
    return dict(named)


def _describe(node: dict[str, Any]) -> Expectation:
    options = _options(node)
    choices = tuple(str(choice) for option in options for choice in _choices(option))
    kinds = frozenset(str(option.get("type", _kind(option))) for option in options)
    open_ended = [option for option in options if not _choices(option)]
    words = [_words(option) for option in open_ended] + [f"`{choice}`" for choice in choices]
    return Expectation(listed(words), () if open_ended else choices, kinds)


def _choices(option: dict[str, Any]) -> list[Any]:
    return [option["const"]] if "const" in option else list(option.get("enum", ()))


def _kind(option: dict[str, Any]) -> str:
    return "string" if isinstance(option.get("const"), str) else "number"


def _words(option: dict[str, Any]) -> str:
    kind = option.get("type")
    if kind == "string":
        plain = "text in quotes"
        return (
            "letters, digits, `-` and `_`, at most 64, a letter or digit first"
            if "pattern" in option
            else plain
        )
    if kind in ("integer", "number"):
        return f"{'a whole number' if kind == 'integer' else 'a number'}{_range(option)}"
    return {"boolean": "`true` or `false`", "array": "a list"}.get(str(kind), "`key: value` lines")


def _range(option: dict[str, Any]) -> str:
    text = ""
    if "minimum" in option and "maximum" in option:
        text = f" from {option['minimum']} to {option['maximum']}"
    elif "exclusiveMinimum" in option:
        text = f" above {option['exclusiveMinimum']:g}"
    return text + (f" in steps of {option['multipleOf']}" if "multipleOf" in option else "")
