"""Every field judged by itself: from a document to the problems of single values.

pydantic finds them; here they get an operator's words, one problem for one mistake.
"""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from kinect_sync.findings import Kind
from kinect_sync.findings.bench import NO_DEVICES
from kinect_sync.findings.rig_file import (
    INVALID_NAME,
    MISSING_FIELD,
    NO_VALUE,
    SERIAL_NOT_QUOTED,
    UNKNOWN_KEY,
    VALUE_NOT_ALLOWED,
    VALUE_OUT_OF_RANGE,
    WRONG_TYPE,
)
from kinect_sync.rig.document import Document, Scalar
from kinect_sync.rig.expectation import Expectation, expectation, known_keys
from kinect_sync.rig.hardware import AZURE_KINECT
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.problem import Location, Problem, listed, shown

_RANGE_ERRORS = {
    "greater_than",
    "greater_than_equal",
    "less_than",
    "less_than_equal",
    "multiple_of",
    "finite_number",
}
_INVALID_KEY = "invalid_key"
"""What is wrong with a name under which something stands, and not with what stands there."""


def judge_fields(document: Document) -> tuple[list[Problem], set[Location]]:
    """Judge each field by itself; return the problems and the paths that could not be read."""
    errors = _errors(document)
    unknown = [path for path, kinds in errors.items() if "extra_forbidden" in kinds]
    meant = {path: _meant(document, path) for path in unknown}
    unreadable = {path for path, kinds in errors.items() if path not in meant and kinds != {_INVALID_KEY}}
    unreadable |= document.duplicates
    unreadable |= {path for path in meant.values() if path is not None}
    problems = [_unknown_key(path, meant[path]) for path in unknown]
    for path, kinds in errors.items():
        if path not in meant and path not in meant.values():
            problems.append(_problem(document, path, kinds))
    return problems, unreadable


def _errors(document: Document) -> dict[Location, set[str]]:
    """Return pydantic's error types by path, the parts of a union folded into their field."""
    try:
        RigFields.model_validate_json(json.dumps(document.tree), strict=True)
    except ValidationError as error:
        found: dict[Location, set[str]] = {}
        for detail in error.errors(include_url=False, include_context=False, include_input=False):
            kind, path = detail["type"], tuple(detail["loc"])
            if kind == "too_short" and _value_at(document.tree, path):
                continue  # pydantic does not count entries that have problems of their own
            if path[-1:] == ("[key]",):
                kind = _INVALID_KEY
            if kind != "missing":
                path = _in_document(document, path)
            found.setdefault(path, set()).add(kind)
        return found
    return {}


def _in_document(document: Document, path: Location) -> Location:
    while path and not document.holds(path):
        path = path[:-1]
    return path


def _meant(document: Document, path: Location) -> Location | None:
    """Return the path of the known key that an unknown one was probably meant to be."""
    given = _value_at(document.tree, path[:-1])
    left = [key for key in known_keys(path[:-1]) if key not in given]
    near = _nearest(str(path[-1]), left)
    return (*path[:-1], near) if near else None


def _nearest(word: str, words: list[str] | tuple[str, ...]) -> str | None:
    folded = {candidate.casefold(): candidate for candidate in words}
    word = word.casefold().replace("-", "_").replace(" ", "_")
    matches = get_close_matches(word, folded, n=1, cutoff=0.6)
    if not matches and len(word) >= 3:
        matches = [key for key in folded if key.startswith(word) or word in key.split("_")][:1]
    return folded[matches[0]] if matches else None


def _unknown_key(path: Location, meant: Location | None) -> Problem:
    key = str(path[-1])
    what = f"`{shown(key)}` is no field {_of(path)}"
    if meant is not None:
        return Problem(path, UNKNOWN_KEY, what, f"write `{meant[-1]}`, if that is meant")
    homes = [text for text, keys in _homes().items() if key in keys]
    if key in known_keys(("camera",)) and path[0] == "devices":
        what += ": it must be the same on every device"
        return Problem(path, UNKNOWN_KEY, what, "move it to `camera:`")
    if homes:
        return Problem(path, UNKNOWN_KEY, what, f"move it to {homes[0]}")
    near = _nearest(key, list(known_keys(path[:-1])))
    hint = f"`{near}` is there already; " if near else ""
    return Problem(path, UNKNOWN_KEY, what, f"{hint}take it out, or write one of {_keys(path)}")


def _homes() -> dict[str, list[str]]:
    return {
        "the top of the file": list(known_keys(())),
        "`camera:`": list(known_keys(("camera",))),
        "the devices that it concerns": list(known_keys(("devices", 0))),
        "`external_trigger:`": list(known_keys(("external_trigger",))),
        "the host in `hosts:`": list(known_keys(("hosts", "NAME"))),
    }


def _keys(path: Location) -> str:
    return listed([f"`{key}`" for key in known_keys(path[:-1])])


def _of(path: Location) -> str:
    parts = [part for part in path[:-1] if isinstance(part, str)]
    names = {"devices": "of a device", "cables": "of a cable", "hosts": "of a host"}
    return names.get(parts[-1], f"of `{parts[-1]}`") if parts else "of a rig"


def _value_at(tree: Any, path: Location) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def _problem(document: Document, path: Location, kinds: set[str]) -> Problem:
    expected = expectation(path)
    if "missing" in kinds:
        remedy = f"add `{path[-1]}:` with {expected.text}"
        return Problem(path, MISSING_FIELD, f"`{path[-1]}` is missing", remedy)
    if _INVALID_KEY in kinds:
        return _invalid_key(path)
    value = _value_at(document.tree, path)
    if value is None:
        what = f"{_subject(path)} has no value"
        return Problem(path, NO_VALUE, what, f"write {expected.text}, or take the line out")
    if kinds == {"too_short"}:
        return Problem(path, NO_DEVICES, "the list of devices is empty", "add one entry for each device")
    return _wrong_value(document, path, value, expected, kinds)


def _invalid_key(path: Location) -> Problem:
    key = str(path[-1])
    what = f"`{shown(key)}` is no name {_of(path)}: letters, digits, `-` and `_`, a letter or digit first"
    return Problem(path, INVALID_NAME, what, _cleaned(key))


def _wrong_value(
    document: Document, path: Location, value: Any, expected: Expectation, kinds: set[str]
) -> Problem:
    scalar = document.scalars.get(path)
    if scalar is None:
        kind = "a list" if isinstance(value, list) else "a mapping"
        what = f"{_subject(path)} is {kind}, and must be {expected.text}"
        return Problem(
            path, WRONG_TYPE, what, "write a single value" if expected.choices else f"write {expected.text}"
        )
    if path[-1] == "serial" and not scalar.quoted:
        return _unquoted_serial(path, scalar)
    what = f"{_subject(path)} is `{shown(scalar.text)}`, and must be {expected.text}"
    return Problem(path, _kind(expected, kinds), what, _remedy(path, scalar, value, expected))


def _kind(expected: Expectation, errors: set[str]) -> Kind:
    if "string_pattern_mismatch" in errors or "string_too_long" in errors:
        return INVALID_NAME
    if errors & _RANGE_ERRORS:
        return VALUE_OUT_OF_RANGE
    return VALUE_NOT_ALLOWED if expected.choices else WRONG_TYPE


def _remedy(path: Location, scalar: Scalar, value: Any, expected: Expectation) -> str:
    if expected.kinds <= {"integer", "number"} and scalar.quoted and _is_number(scalar.text):
        return f"write {shown(scalar.text)} without quotes"
    if expected.kinds == {"string"} and not expected.choices and not isinstance(value, str):
        return f'put it in quotes: "{shown(scalar.text)}"'
    if expected.kinds == {"string"} and not expected.choices:
        return _cleaned(scalar.text) or f"write {expected.text}"
    if "object" in expected.kinds and path[:-1] == ("hosts",):
        return f"write `{{address: {shown(scalar.text)}}}`"
    near = _nearest(scalar.text, expected.choices) if expected.kinds == {"string"} else None
    return f"write `{near}`" if near else f"write {expected.text}"


def _cleaned(name: str) -> str | None:
    """Return what a name could be, as a remedy; None where nothing is left of it."""
    cleaned = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-")[:64]
    return f"write `{cleaned}`, say" if cleaned else None


def _is_number(text: str) -> bool:
    return text.strip().lstrip("+-").replace(".", "", 1).isdecimal()


def _unquoted_serial(path: Location, scalar: Scalar) -> Problem:
    written = shown(scalar.text)
    digits = AZURE_KINECT.serial_digits or 0  # the one kind of serial that may look like a number
    serial = written.zfill(digits) if written.isdecimal() else written
    what = f"the serial {written} is not quoted, and a YAML number loses its leading zeros"
    remedy = f'write serial: "{serial}"'
    if serial != written:
        remedy += f", if this is what the label on the device says: a serial has {digits} digits"
    return Problem(path, SERIAL_NOT_QUOTED, what, remedy)


def _subject(path: Location) -> str:
    if not path:
        return "the file"
    if isinstance(path[-1], int):
        return {"devices": "this device", "cables": "this cable", "chains": "this chain"}.get(
            str(path[-2]), "this entry"
        )
    return f"`{path[-1]}`"
