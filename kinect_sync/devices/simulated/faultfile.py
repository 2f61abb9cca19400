"""From a faults file to faults, or to everything that is wrong with it at once, with file and line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kinect_sync.devices.simulated.faults import Faults
from kinect_sync.errors import RigError
from kinect_sync.field_texts import field_texts
from kinect_sync.findings import Finding
from kinect_sync.findings.rig_file import (
    FAULTS_UNREADABLE,
    MISSING_FIELD,
    SERIAL_NOT_QUOTED,
    UNKNOWN_KEY,
    WRONG_VALUE,
)
from kinect_sync.rig.document import Document, NotReadable, read_document
from kinect_sync.rig.problem import Location, field_text, if_meant, shown

_MAX_BYTES = 256 * 1024
_START = "write `devices:`, `extra:`, `trigger:` or `world:`; configs/faults has an example of each fault"


def load_faults(path: Path) -> Faults:
    """Load a faults file; RigError with every mistake in it, each with its line."""
    return parse_faults(_read_text(path), str(path))


def parse_faults(text: str, label: str = "<text>") -> Faults:
    """Load faults from YAML text; `label` stands for the file in the findings."""
    try:
        document, problems = read_document(text, label, _START)
    except NotReadable as error:
        raise RigError(error.problem.finding(where=f"{label}:{error.line}")) from error
    if problems:
        raise RigError(*(problem.finding(where=document.where(problem.path)) for problem in problems))
    try:
        return Faults.model_validate(document.tree)
    except ValidationError as error:
        raise RigError(*_describe(document, error)) from error


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()[: _MAX_BYTES + 1]
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}"
        remedy = "check the path"
        raise RigError(FAULTS_UNREADABLE.found(what, where=str(path), remedy=remedy)) from error
    try:
        if len(data) > _MAX_BYTES:
            raise ValueError(f"it is larger than {_MAX_BYTES // 1024} KiB")
        return data.decode("utf-8-sig")
    except ValueError as error:
        what = f"{path} is no faults file: {error}"
        raise RigError(FAULTS_UNREADABLE.found(what, where=str(path))) from error


def _describe(document: Document, error: ValidationError) -> list[Finding]:
    """Turn pydantic's errors into findings, one for each place in the file."""
    by_place: dict[Location, Finding] = {}
    for detail in error.errors(include_url=False):
        path = _in_document(document, tuple(detail["loc"]))
        by_place.setdefault(path, _describe_one(document, path, detail))
    # A union complains once for each of its parts: the deepest place is the one that is meant.
    return [finding for place, finding in by_place.items() if not _is_around(place, by_place)]


def _is_around(place: Location, others: Iterable[Location]) -> bool:
    return any(len(other) > len(place) and other[: len(place)] == place for other in others)


def _in_document(document: Document, location: Location) -> Location:
    """Leave out of pydantic's path what is not in the file: the names of a union's parts."""
    path: Location = ()
    for part in location:
        if document.holds((*path, part)):
            path = (*path, part)
    return path


def _describe_one(document: Document, path: Location, detail: ErrorDetails) -> Finding:
    where, field, kind = document.where(path), field_text(path) or None, detail["type"]
    if kind == "extra_forbidden":
        known = _known_keys(path[:-1])
        noun = "field of a world" if path[0] == "world" else "fault"
        what = f"`{shown(path[-1])}` is no {noun} that ksync knows"
        remedy = if_meant(str(path[-1]), known) or f"write one of {', '.join(known)}"
        return UNKNOWN_KEY.found(what, where=where, field=field, remedy=remedy)
    if path and path[-1] == "serial" and kind == "string_type":
        what = "the serial is not quoted, and a YAML number loses its leading zeros"
        return SERIAL_NOT_QUOTED.found(what, where=where, field=field)
    if kind == "missing" and isinstance(detail["loc"][-1], str):
        what, remedy = f"`{detail['loc'][-1]}` is missing", f"add `{detail['loc'][-1]}:`"
        return MISSING_FIELD.found(what, where=where, field=field, remedy=remedy)
    return WRONG_VALUE.found(_sentence(detail), where=where, field=field, remedy=_expected(path))


def _sentence(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return "the list is too short"
    message = detail["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return f"{_value_text(detail['input'])} is not possible here: {message}"


def _value_text(value: Any) -> str:
    return "the value" if isinstance(value, dict | list) or value is None else f"`{shown(value)}`"


def _expected(path: Location) -> str | None:
    """Say what the fault means, in the words under its field."""
    model = _model_at(path[:-1])
    text = field_texts(model).get(str(path[-1]), "") if model and path else ""
    sentence = " ".join(text.split()).partition(". ")[0]
    return f"it means: {sentence.rstrip('.')}" if sentence else None


def _known_keys(path: Location) -> list[str]:
    model = _model_at(path)
    return list(model.model_fields) if model else []


def _model_at(path: Location) -> type[BaseModel] | None:
    """Return the model of the mapping at a path of the file."""
    at: Any = Faults
    for part in path:
        model = _model_in(at)
        if model is not None and not _holds_many(at):
            field = model.model_fields.get(str(part))
            at = field.annotation if field else None
        else:
            at = model
    return None if _holds_many(at) else _model_in(at)


def _holds_many(annotation: Any) -> bool:
    """Tell whether a field holds a list, or a mapping whose keys are the writer's own."""
    parts = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return any(get_origin(part) in (dict, tuple) and _model_in(part) is not None for part in parts)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a field leads to, whatever it is wrapped in."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)
