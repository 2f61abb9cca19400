"""The page of the library: every name of `import kinect_sync`, its signature, what it says of itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import BaseModel

import kinect_sync
from docs.attribute_texts import texts_in
from kinect_sync.benches.choice import Kinects

_INTRODUCTION = """# The library

What `import kinect_sync as ks` gives a program. Each name is loaded when it is first used; nothing is
printed, and no signal is handled. Whatever an operator can do something about is raised as a `KsyncError`, or
stands in the findings of what is returned. Other names in the package may change with any version.

[A take from Python](../tutorials/python.md) shows the most of it at work.
"""


class Section(NamedTuple):
    """Some names that are told together."""

    heading: str
    text: str
    names: tuple[str, ...]


SECTIONS = (
    Section(
        "Rigs",
        "What should be.",
        ("load_rig", "parse_rig", "validate", "plan_offsets", "PlannedRig", "Rig", "RigFields"),
    ),
    Section(
        "Benches",
        "With which devices. `WantedBench` is what any of these returns; `LiveBench` is what `kinects` or "
        "`simulated` returns.",
        ("kinects", "simulated", "playback"),
    ),
    Section("Running", "", ("record", "verify", "Observer", "Snapshot", "DeviceSnapshot", "Phase")),
    Section(
        "Streams",
        "The rows of a rig while they happen.",
        ("stream", "Rows", "LiveRow", "LiveCapture", "StreamedDevice", "PulseRanges"),
    ),
    Section("Hosts", "The other computers of a rig, by the studio of this one.", ("list_hosts", "end_take")),
    Section(
        "Takes",
        "",
        ("inspect", "open_take", "Take", "TakeRow", "TakeCapture", "HoleReason", "export", "export_mcap"),
    ),
    Section(
        "Calibration",
        "Where the cameras of a rig are.",
        ("calibrate", "check_calibration", "load_calibration", "RigCalibration"),
    ),
    Section(
        "Clouds",
        "A take of a calibrated rig.",
        ("fuse", "PointCloud", "CloudSettings", "Box", "ViewImages", "UndistortedImages"),
    ),
    Section("Archives", "A take kept for years.", ("archive", "verify_archive", "restore")),
    Section("Geometry", "", ("DeviceGeometry", "Lens", "Pose")),
    Section(
        "Findings and errors",
        "",
        ("Finding", "Severity", "KsyncError", "RigError", "UsageError", "BenchError", "Interrupted"),
    ),
    Section(
        "Reports",
        "The same values that commands print as JSON with `--json`.",
        (
            "Verdict",
            "ValidateReport",
            "RecordedTake",
            "TakeReport",
            "VerifyReport",
            "StreamReport",
            "HostsReport",
            "EndedTake",
            "Inspection",
            "ExportReport",
            "CalibrationReport",
            "FuseReport",
            "ArchiveReport",
            "RestoreReport",
        ),
    ),
)
"""Every name once, in the order of a program's day."""
_ELSEWHERE = {
    "Finding": "reports.md#finding",
    "Verdict": "reports.md#verdicts",
    "ValidateReport": "reports.md#validation",
    "RecordedTake": "reports.md#take",
    "TakeReport": "take.md",
    "VerifyReport": "reports.md#verification",
    "HostsReport": "reports.md#hosts",
    "EndedTake": "reports.md#ended_take",
    "Inspection": "reports.md#inspection",
    "ExportReport": "reports.md#export",
    "CalibrationReport": "reports.md#calibration",
    "ArchiveReport": "reports.md#archive",
    "RestoreReport": "reports.md#restoring",
    "RigCalibration": "rig-calibration.md",
}
"""Where the fields of values that are written as JSON are explained."""
_WIDTH = 100


def python_page() -> str:
    """Return the page, section by section."""
    lines = [_INTRODUCTION]
    for section in SECTIONS:
        lines.append(f"## {section.heading}\n")
        lines += [f"{section.text}\n"] if section.text else []
        for name in section.names:
            lines += _entry(name, getattr(kinect_sync, name))
    return "\n".join(lines)


def _entry(name: str, thing: Any) -> Iterator[str]:
    yield f"### {name}\n"
    if inspect.isfunction(thing):
        yield from _function(name, thing)
        return
    yield f"{inspect.getdoc(thing)}\n"
    if name in _ELSEWHERE:
        yield f"What is in it: [{_ELSEWHERE[name]}]({_ELSEWHERE[name]}).\n"
    elif issubclass(thing, Enum):
        texts = texts_in(thing)
        yield from _table(("value", "means"), ((each.value, texts[each.name]) for each in thing))
    else:
        yield from _members(name, thing)


def _members(name: str, thing: type) -> Iterator[str]:
    """Yield a table of attributes, and then the methods."""
    told = _told_with(thing)
    own = {key: each for kind in told for key, each in vars(kind).items() if not key.startswith("_")}
    hidden = {each.name for each in fields(thing) if not each.repr} if is_dataclass(thing) else set()
    texts = {key: (kind, text) for kind in told for key, text in texts_in(kind).items()}
    attributes = [
        (key, str(kind.__annotations__.get(key, "")), text)
        for key, (kind, text) in texts.items()
        if key[0] != "_" and key not in hidden
    ]
    for key, each in own.items():
        getter = each.fget if isinstance(each, property) else getattr(each, "func", None)
        if isinstance(each, property | cached_property) and getter is not None:
            attributes.append((key, getter.__annotations__["return"], inspect.getdoc(getter) or ""))
    if attributes:
        yield from _table(("attribute", "holds", "means"), attributes)
    for key, each in own.items():
        function = each.__func__ if isinstance(each, classmethod) else each
        if inspect.isfunction(function):
            yield f"#### {name}.{key}\n"
            yield from _function(f"{name}.{key}", function)


def _told_with(thing: type) -> list[type]:
    """Return a class, and before it bases of ours that a program never names."""
    ours = [base for base in thing.__mro__ if base.__module__.startswith("kinect_sync.")]
    return [base for base in reversed(ours) if base is thing or not issubclass(base, BaseModel | Exception)]


def _function(name: str, function: Any) -> Iterator[str]:
    yield f"```py\n{_signature(name, function)}\n```\n"
    yield f"{inspect.getdoc(function)}\n"


def _signature(name: str, function: Any) -> str:
    """Write a signature as its source has it, on one line where it fits."""
    told: list[str] = []
    star = False
    for each in inspect.signature(function).parameters.values():
        if each.name in ("self", "cls"):
            continue
        star |= each.kind is each.VAR_POSITIONAL
        if each.kind is each.KEYWORD_ONLY and not star:
            told.append("*")
            star = True
        default = "" if each.default is each.empty else f" = {_default(each.default)}"
        lead = "*" if each.kind is each.VAR_POSITIONAL else ""
        told.append(f"{lead}{each.name}: {each.annotation}{default}")
    end = f") -> {inspect.signature(function).return_annotation}"
    line = f"{name}({', '.join(told)}{end}"
    return line if len(line) <= _WIDTH else "\n".join([f"{name}(", *(f"    {each}," for each in told), end])


def _default(value: object) -> str:
    if isinstance(value, Kinects):
        return "kinects()"
    if isinstance(value, tuple):
        return repr(tuple(str(each) for each in value))
    return value.__name__ if inspect.isfunction(value) else repr(value)


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |\n|{'---|' * len(heading)}"
    for name, *cells in rows:
        told = [" ".join(each.split()).replace("|", "\\|") for each in cells]
        holds = [f"`{each}`" for each in told[:-1]]
        yield f"| {' | '.join([f'`{name}`', *holds, told[-1]])} |"
    yield ""
