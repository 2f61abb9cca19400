"""What there is to look at: the folder of a take, or any recordings that were made together."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.errors import UsageError
from kinect_sync.files import is_reserved
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.collecting import FILE_ELSEWHERE
from kinect_sync.findings.files import (
    NAME_UNREADABLE,
    NO_RECORDINGS,
    NO_SUCH_PATH,
    PATH_TWICE,
    PATH_UNREADABLE,
    RECORDING_UNEXPECTED,
    TAKE_BROKEN,
)
from kinect_sync.takes.manifest import Manifest, TakeDevice
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.names import MANIFEST, REPAIRED, best_of, original_of, recordings_in
from kinect_sync.takes.opened_take import problem_with
from kinect_sync.texts import is_utf8


@dataclass(frozen=True, slots=True)
class Source:
    """One recording, and what take.json says of its device."""

    name: str
    path: Path
    device: TakeDevice | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """The recordings of one set."""

    files: tuple[Source, ...]
    folder: Path | None = None
    """The folder that they were given as; None where files were."""
    manifest: Manifest | None = None
    findings: tuple[Finding, ...] = ()


def find_sources(
    paths: Sequence[Path], *, originals: bool = False, elsewhere: Collection[str] = ()
) -> Sources:
    """Find the recordings of a take's folder, or of the files and folders given.

    In a folder, a repaired copy stands in for its original unless `originals` are asked for. Devices that are
    `elsewhere` are known though their files are on other hosts. Raises UsageError, with every path that does
    not exist or holds no recording.
    """
    try:
        problems = tuple(_problems(paths))
        folder = paths[0] if len(paths) == 1 and paths[0].is_dir() else None
        taken = folder is not None and os.path.lexists(folder / MANIFEST)
    except OSError as error:  # no permission to look into a folder, or a name that is too long
        what = f"{error.filename} can't be looked at: {error.strerror}"
        raise UsageError(PATH_UNREADABLE.found(what)) from error
    if problems:
        raise UsageError(*problems)
    if folder is not None and taken:
        try:
            manifest = read_manifest(folder)
        except (OSError, UsageError) as error:
            return _bare(paths, folder, (_broken_manifest(folder, error),), originals=originals)
        return _of_take(folder, manifest, elsewhere, originals=originals)
    return _bare(paths, folder, (), originals=originals)


def _problems(paths: Sequence[Path]) -> Iterator[Finding]:
    for path in paths:
        if not is_utf8(path):
            yield NAME_UNREADABLE.found(f"{path} is not UTF-8")
        elif not path.exists():
            yield NO_SUCH_PATH.found(f"there is nothing at {path}")
        elif path.is_dir() and not recordings_in(path) and not (path / MANIFEST).exists():
            yield NO_RECORDINGS.found(f"there is no MKV file in {path}")
    resolved = Counter(each.resolve() for each in paths if each.exists())
    twice = [path for path, count in resolved.items() if count > 1]
    for path in twice:
        yield PATH_TWICE.found(f"{path} is given twice")


def _of_take(folder: Path, manifest: Manifest, elsewhere: Collection[str], *, originals: bool) -> Sources:
    files, findings = [], []
    if not manifest.devices:
        raise UsageError(TAKE_BROKEN.found(f"{folder / MANIFEST} names no device", remedy="put it aside"))
    for device in manifest.devices:
        path = folder / device.file
        best = path if originals else best_of(path)
        problem = problem_with(folder, device, manifest.report) if best == path else None
        known = problem is not None and problem.kind is FILE_ELSEWHERE and device.settings.name in elsewhere
        if problem is None or known:
            files.append(Source(device.settings.name, best, device))
        if problem is not None:
            findings.append(_asked_there(problem) if known else problem)
    if not files:
        raise UsageError(*findings)
    named = {original_of(folder / device.file) for device in manifest.devices}
    others = [path for path in recordings_in(folder) if original_of(path) not in named]
    if others:
        names = ", ".join(each.name for each in others)
        what = f"{names} in {folder} is not of this take: take.json does not name it"
        findings.append(RECORDING_UNEXPECTED.found(what))
    return Sources(tuple(files), folder, manifest, tuple(findings))


def _asked_there(problem: Finding) -> Finding:
    """Say of a recording on another host that it is looked at all the same."""
    what = f"{problem.what}: its times were asked for there"
    return problem.model_copy(update={"what": what, "severity": Severity.WARNING})


def _recordings_in(folder: Path, *, originals: bool) -> list[Path]:
    """Return the recordings in a folder, one for each original."""
    found = {path.name: path for path in recordings_in(folder) if is_utf8(path)}
    alone = [
        path for name, path in found.items() if original_of(path).name not in found or REPAIRED not in name
    ]
    return alone if originals else [best_of(path) for path in alone]


def _bare(
    paths: Sequence[Path], folder: Path | None, findings: tuple[Finding, ...], *, originals: bool
) -> Sources:
    found: list[Path] = []
    findings += tuple(_nameless(paths))
    for path in paths:
        found += _recordings_in(path, originals=originals) if path.is_dir() else [path]
    if not found:
        raise UsageError(*findings)
    stems = [_as_name(original_of(path).stem) for path in found]
    names = [
        stem if stems.count(stem) == 1 else _as_name(f"{path.absolute().parent.name}-{stem}")
        for path, stem in zip(found, stems, strict=True)
    ]
    if len(set(names)) < len(names):
        names = [f"{name}-{place}" for place, name in enumerate(names, 1)]
    files = tuple(Source(name, path) for name, path in zip(names, found, strict=True))
    return Sources(files, folder, None, findings)


def _nameless(paths: Sequence[Path]) -> Iterator[Finding]:
    """Say which recordings in folders can't be named in a report."""
    for path in (path for folder in paths if folder.is_dir() for path in recordings_in(folder)):
        if not is_utf8(path):
            yield NAME_UNREADABLE.found(f"the name of {path} is not UTF-8")


def _as_name(words: str) -> str:
    """Make a device's name of a file's: only what may stand in a rig file and in the index."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", words).strip("-_")[:60] or "recording"
    return f"{name}-recording" if is_reserved(name) else name


def _broken_manifest(folder: Path, error: OSError | UsageError) -> Finding:
    """Say what is wrong with take.json, and that it stops nobody from looking at the recordings."""
    if isinstance(error, OSError):
        found = TAKE_BROKEN.found(f"{folder / MANIFEST} can't be read ({error.strerror})")
    else:
        (found,) = error.findings
    return found.model_copy(update={"what": f"{found.what}; the recordings alone are looked at"})
