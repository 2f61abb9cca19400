"""The tables in `docs/reference/take.md`, made of what writes and reads a take; its prose stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from docs.attribute_texts import texts_in
from docs.schema_tables import value_section
from kinect_sync.takes.index import MEANINGS, PULSE
from kinect_sync.takes.load import DeviceLoad, TakeLoad
from kinect_sync.takes.manifest import Manifest
from kinect_sync.timing.alignment import HoleReason

_PART = re.compile(r"(<!-- made of the code: (\w+) -->\n).*?(<!-- until here -->)", re.DOTALL)
_REFERENCE = re.compile(r'"#/\$defs/(\w+)"')
_ANY = {"type": "object", "additionalProperties": True}
"""Schema of what another page describes."""


def fill_tables(page: str) -> str:
    """Return the page with the tables that the code of now makes."""
    tables = {
        "manifest": "\n".join(_manifest()),
        "index": _table(_index_columns()),
        "holes": _table(_holes()),
        "load": _table(_load_columns()),
    }
    return _PART.sub(lambda part: f"{part[1]}\n{tables[part[2]]}\n{part[3]}", page)


def _manifest() -> Iterator[str]:
    """Yield the lines of the fields of take.json, and of each value in it as it is met."""
    schema = Manifest.model_json_schema(by_alias=True)
    values = schema["$defs"]
    described = schema["properties"]
    described["rig"] = {**_ANY, "description": described["rig"]["description"]}
    met = {name: values[name] for name in _REFERENCE.findall(json.dumps(described))}
    for value in met.copy().values():
        met |= {name: values[name] for name in _REFERENCE.findall(json.dumps(value))}
    _, _, *fields = value_section("##", "take.json", schema, values)
    yield from fields
    for name, value in met.items():
        if "properties" in value:
            yield from value_section("###", name, value, values)


def _index_columns() -> Iterator[tuple[str, str]]:
    yield PULSE, "Number of the pulse, from 0, the first common one."
    yield from ((f"DEVICE.{name}", text) for name, text in MEANINGS.items())


def _holes() -> Iterator[tuple[str, str]]:
    texts = texts_in(HoleReason)
    return ((str(reason), texts[reason.name]) for reason in HoleReason)


def _load_columns() -> Iterator[tuple[str, str]]:
    for kind, prefix in ((TakeLoad, ""), (DeviceLoad, "DEVICE.")):
        yield from ((f"{prefix}{name}", text) for name, text in texts_in(kind).items())


def _table(rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| `{name}` | {' '.join(means.split())} |" for name, means in rows]
    return "\n".join(["| name | meaning |\n|---|---|", *lines, ""])
