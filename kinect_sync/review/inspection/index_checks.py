"""What is wrong with the index of a take: it alone knows reasons of holes and times of arrival."""

from __future__ import annotations

import os
from pathlib import Path

from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.files import INDEX_MISSING
from kinect_sync.findings.inspection import INDEX_DISAGREES, INDEX_UNREADABLE
from kinect_sync.takes.index_reader import TakeIndex, read_index
from kinect_sync.takes.manifest import Manifest
from kinect_sync.takes.names import INDEX

_UNKNOWN = ": reasons of holes and times of arrival are not known"


def look_at_index(
    folder: Path | None, manifest: Manifest | None
) -> tuple[TakeIndex | None, tuple[Finding, ...]]:
    """Read the index of a folder, if it has one that can be read, and say what is wrong with a take's."""
    if folder is None:
        return None, ()
    try:
        index = read_index(folder / INDEX)
    except UsageError as error:
        return None, (_unreadable(folder, error.findings[0]),) if manifest is not None else ()
    return index, () if manifest is None else _disagreement(folder, manifest, index)


def _unreadable(folder: Path, trouble: Finding) -> Finding:
    rebuilding = f"`ksync inspect {folder} --rebuild`"
    if not os.path.lexists(folder / INDEX):
        return INDEX_MISSING.found(
            f"{INDEX} is not in {folder}{_UNKNOWN}", remedy=f"bring it back, or run {rebuilding}"
        )
    return INDEX_UNREADABLE.found(
        f"{trouble.what}{_UNKNOWN}", remedy=f"bring it back, or put it aside and run {rebuilding}"
    )


def _disagreement(folder: Path, manifest: Manifest, index: TakeIndex) -> tuple[Finding, ...]:
    if manifest.report is None or len(index) == manifest.report.pulses:
        return ()
    what = (
        f"{INDEX} has {len(index)} whole rows, and take.json says {manifest.report.pulses} pulses{_UNKNOWN}"
    )
    remedy = f"bring it back, or put it aside and run `ksync inspect {folder} --rebuild`"
    return (INDEX_DISAGREES.found(what, remedy=remedy),)
