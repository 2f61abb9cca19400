"""From a rig file to a valid rig, or to everything that is wrong with it at once."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from kinect_sync.errors import RigError
from kinect_sync.findings import Finding, Kind, Severity, has_errors
from kinect_sync.findings.rig_file import (
    NOT_TEXT,
    NOT_UTF8,
    RIG_IS_A_DIRECTORY,
    RIG_NOT_FOUND,
    RIG_NOT_PERMITTED,
    RIG_TOO_LARGE,
    RIG_UNREADABLE,
)
from kinect_sync.rig.document import Document, NotReadable, read_document
from kinect_sync.rig.draft import draft_rig
from kinect_sync.rig.fields import judge_fields
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.problem import Location, Problem, shown
from kinect_sync.rig.rig import Rig
from kinect_sync.rig.rules import judge
from kinect_sync.texts import printable

STDIN = "-"
MAX_BYTES = 64 * 1024
"""A rig of nine devices takes three kilobytes; far more is another file."""


@dataclass(frozen=True)
class LoadedRig:
    """A valid rig, what there is to say about it, and the text that it came from."""

    rig: Rig
    warnings: tuple[Finding, ...]
    """Warnings and notes, in the order of the file."""
    document: Document
    """The file's text and the line of each value, for whoever changes the file and keeps its comments."""

    @property
    def text(self) -> str:
        """The rig file as it was read."""
        return self.document.text


@dataclass(frozen=True)
class LoadedFields:
    """A rig of which some errors were let pass, as warnings: enough for arithmetic, not to be started."""

    fields: RigFields
    warnings: tuple[Finding, ...]
    """Warnings and notes, in the order of the file, and what was let pass."""
    document: Document


def load_rig(source: Path | str, stdin: BinaryIO | None = None) -> LoadedRig:
    """Load a rig from a path, or from standard input for `-`.

    Raises:
        RigError: with every mistake in the file, each with its line, its field and its remedy.
    """
    loaded = parse_rig(*_read(source, stdin))
    return replace(loaded, rig=_placed(loaded.rig, source))


def _placed(rig: Rig, source: Path | str) -> Rig:
    """Let the path of a calibration count from the rig file's folder, wherever the command runs."""
    if rig.calibration is None or str(source) == STDIN:
        return rig
    return rig.model_copy(update={"calibration": str(Path(source).parent / rig.calibration)})


def load_fields(
    source: Path | str, tolerated: frozenset[Kind], stdin: BinaryIO | None = None
) -> LoadedFields:
    """Load what a rig file says, and let errors of the tolerated kinds pass as warnings.

    Raises:
        RigError: with every other mistake in the file.
    """
    document, findings = _judged(*_read(source, stdin))
    passed = tuple(
        finding.model_copy(update={"severity": Severity.WARNING}) if finding.kind in tolerated else finding
        for finding in findings
    )
    if has_errors(passed):
        raise RigError(*findings)
    return LoadedFields(RigFields.model_validate_json(json.dumps(document.tree)), passed, document)


def parse_rig(data: bytes | str, label: str = "<text>") -> LoadedRig:
    """Load a rig from YAML text; `label` stands for the file in the findings' `where`.

    Raises:
        RigError: with every mistake in the text.
    """
    document, findings = _judged(data, label)
    if has_errors(findings):
        raise RigError(*findings)
    return LoadedRig(Rig.model_validate_json(json.dumps(document.tree)), findings, document)


def _read(source: Path | str, stdin: BinaryIO | None) -> tuple[bytes, str]:
    """Return what is in the file, and its name as findings should show it."""
    if str(source) == STDIN:
        return _read_stdin(stdin), "<stdin>"
    label = printable(str(source))
    return _read_file(Path(source), label), label


def _judged(data: bytes | str, label: str) -> tuple[Document, tuple[Finding, ...]]:
    """Read the text and judge all of it."""
    text = data if isinstance(data, str) else _decoded(data, label)
    try:
        document, problems = read_document(text, label)
    except NotReadable as error:
        raise RigError(error.problem.finding(where=f"{label}:{error.line}")) from error
    field_problems, unreadable = judge_fields(document)
    draft = draft_rig(document.tree, unreadable)
    return document, _findings(document, [*problems, *field_problems, *judge(draft)])


def _findings(document: Document, problems: list[Problem]) -> tuple[Finding, ...]:
    findings = [
        problem.finding(device=_device(document, problem.path), where=document.where(problem.path))
        for problem in problems
    ]
    return tuple(sorted(findings, key=_line))


def _line(finding: Finding) -> int:
    return int((finding.where or ":0").rpartition(":")[2])


def _device(document: Document, path: Location) -> str | None:
    """Return the name of the device that a path belongs to, where it has a readable one."""
    if len(path) < 2 or path[0] != "devices" or not isinstance(path[1], int):
        return None
    try:
        name: Any = document.tree["devices"][path[1]]["name"]
    except (LookupError, TypeError):
        return None
    return shown(name) if isinstance(name, str) and name else None


def _read_stdin(stdin: BinaryIO | None) -> bytes:
    stream = stdin if stdin is not None else getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise _failure("<stdin>", RIG_UNREADABLE, "there is no standard input", "give a path")
    return _bounded(stream, "<stdin>")


def _read_file(path: Path, label: str) -> bytes:
    try:
        if path.is_dir():
            raise _failure(label, RIG_IS_A_DIRECTORY, f"{label} is a directory")
        with path.open("rb") as stream:
            return _bounded(stream, label)
    except FileNotFoundError as error:
        raise _failure(label, RIG_NOT_FOUND, f"there is no file {label}") from error
    except PermissionError as error:
        raise _failure(label, RIG_NOT_PERMITTED, f"{label} may not be read") from error
    except (OSError, ValueError) as error:
        reason = shown(getattr(error, "strerror", None) or str(error))
        what = f"{label} cannot be read: {reason}"
        raise _failure(label, RIG_UNREADABLE, what) from error


def _bounded(stream: BinaryIO, label: str) -> bytes:
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        what = f"{label} is larger than {MAX_BYTES // 1024} KiB, so it is no rig file"
        raise _failure(label, RIG_TOO_LARGE, what)
    return data


def _decoded(data: bytes, label: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        binary = b"\0" in data[:1024] and not data.startswith((b"\xff\xfe", b"\xfe\xff"))
        where = f"{label}:{line}"
        if binary:
            raise _failure(where, NOT_TEXT, f"{label} is not text", "give the path of a YAML file") from error
        raise _failure(where, NOT_UTF8, f"byte {data[error.start]:#04x} is not UTF-8") from error


def _failure(where: str, kind: Kind, what: str, remedy: str | None = None) -> RigError:
    return RigError(kind.found(what, where=where, remedy=remedy))
