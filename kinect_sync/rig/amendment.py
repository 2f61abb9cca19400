"""A rig file with other delays and everything else as it was, to the last space and comment.

The text is changed, not written anew: what an operator wrote around the values is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def amend_devices(text: str, values: Mapping[str, Mapping[str, int]]) -> str:
    """Return the text of a rig file with fields of devices set: `values` by device name, then by field.

    A field that stands there gets the new value in its place; one that does not is added at the end of its
    device, unless it would only say 0. The text must be that of a valid rig.
    """
    from ruamel.yaml import YAML

    tree = YAML(typ="rt", pure=True).compose(text)
    edits = [
        edit
        for device in _value(tree, "devices").value
        for edit in _edits(text, device, values.get(_value(device, "name").value, {}))
    ]
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _value(mapping: Any, key: str) -> Any:
    return next(value for name, value in mapping.value if name.value == key)


def _edits(text: str, device: Any, values: Mapping[str, int]) -> Iterator[_Edit]:
    there = {name.value: value for name, value in device.value}
    for field, number in values.items():
        if field in there:
            mark = there[field]
            yield _Edit(mark.start_mark.index, mark.end_mark.index, str(number))
    added = {field: number for field, number in values.items() if field not in there and number}
    if added:
        yield _added(text, device, added)


def _added(text: str, device: Any, added: Mapping[str, int]) -> _Edit:
    """Add fields after the device's last one: beside it in braces, else on lines below."""
    last = device.value[-1][1].end_mark.index
    pairs = [f"{field}: {number}" for field, number in added.items()]
    if device.flow_style:
        return _Edit(last, last, "".join(f", {pair}" for pair in pairs))
    end = text.find("\n", last)
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = " " * device.value[0][0].start_mark.column
    lines = newline.join(indent + pair for pair in pairs)
    if end < 0:
        return _Edit(len(text), len(text), newline + lines)
    return _Edit(end + 1, end + 1, lines + newline)
