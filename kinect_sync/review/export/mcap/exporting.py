"""Export a take as one MCAP file: images, lenses, poses and residuals on one time line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from kinect_sync.errors import UsageError
from kinect_sync.files import draft_of
from kinect_sync.findings import Finding
from kinect_sync.findings.export import EXPORT_PROCESS_DIED, NOTHING_TO_EXPORT
from kinect_sync.findings.output import FILE_EXISTS
from kinect_sync.review.chosen import nothing_chosen, open_recordings
from kinect_sync.review.export.exporting import not_written
from kinect_sync.review.export.mcap.captures import Captures
from kinect_sync.review.export.mcap.file import McapFile, require_mcap
from kinect_sync.review.export.mcap.messages import (
    COMPRESSED_IMAGE,
    RAW_IMAGE,
    image_topic,
    pulse_message,
)
from kinect_sync.review.export.mcap.request import McapRequest, ShotResult
from kinect_sync.review.export.mcap.still import Still
from kinect_sync.review.export.mcap.worker import MessageMaker
from kinect_sync.review.export.request import ExportReport, Part
from kinect_sync.review.recorded import DeviceContext, context_of
from kinect_sync.review.spreading import Progress, spread
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.opened_take import open_take
from kinect_sync.verdicts import Verdict

_TRACKS = {Part.COLOR: "COLOR", Part.DEPTH: "DEPTH", Part.IR: "IR"}
_AGAIN_NS = 1_000_000_000
"""Lenses and poses are told every second, so that a program that begins in the middle has them soon."""


def export_mcap(request: McapRequest, *, processes: int, progress: Progress) -> ExportReport:
    """Export a take as an MCAP file, which is there as a whole or not at all.

    Raises UsageError where the packages for it are missing (`mcap-missing`), where the file exists
    (`file-exists`), and where the take, the selection or the disk do not allow it.
    """
    require_mcap()
    if os.path.lexists(request.file):
        raise _exists(request.file)
    take = open_take(request.take)
    places = open_recordings(take, request.devices)
    captures = Captures(take, request, places, _tracks(places, request))
    contexts = {name: context_of(name, each) for name, each in places.items()}
    still = Still.read(take, contexts) if Part.CALIBRATION in request.parts else Still()
    writing = _Writing(captures, contexts, still)
    try:
        with draft_of(request.file, new=True) as draft:
            writing.run(draft, processes, progress)
            nbytes = draft.stat().st_size
    except FileExistsError as error:
        raise _exists(request.file) from error
    except OSError as error:
        raise not_written(request.file, error) from error
    findings = *nothing_chosen(take, captures.rows), *captures.lacking.findings(), *writing.findings
    return ExportReport(
        verdict=Verdict.INCOMPLETE if writing.broken else Verdict.EXPORTED,
        take=request.take,
        file=request.file,
        rows=captures.rows,
        written=1,
        broken=writing.broken,
        nbytes=nbytes,
        devices=tuple(places),
        findings=(*take.remarks(), *still.findings, *findings),
    )


def _exists(path: Path) -> UsageError:
    return UsageError(FILE_EXISTS.found(f"{path} exists", remedy="give another name with --mcap"))


def _tracks(places: Mapping[str, ImagePlaces], request: McapRequest) -> list[str]:
    """Return the tracks to export; refuse where nobody recorded any."""
    wanted = [track for part, track in _TRACKS.items() if part in request.parts]
    if not any(each.has(track) for each in places.values() for track in wanted):
        what = f"no device of this selection recorded what {', '.join(map(str, request.parts))} needs"
        raise UsageError(NOTHING_TO_EXPORT.found(what))
    return wanted


class _Writing:
    """A file on its way."""

    def __init__(self, captures: Captures, contexts: Mapping[str, DeviceContext], still: Still) -> None:
        self._captures = captures
        self._contexts = contexts
        self._still = still
        self._told_ns: int | None = None
        self.broken = 0
        """Images that were left out."""
        self.findings: list[Finding] = []

    def run(self, path: Path, processes: int, progress: Progress) -> None:
        """Write the file; OSError where the disk refuses."""
        total = self._captures.rows * len(self._contexts)
        make = partial(MessageMaker, dict(self._contexts))
        results = spread(self._captures.jobs(), make, processes, died=EXPORT_PROCESS_DIED)
        with path.open("wb") as stream:
            file = McapFile(stream)
            for done, result in enumerate(results, 1):
                self._tell_still(file, result.job.pulse_ns)
                self._add(file, result)
                progress(done, total)
            file.finish()

    def _tell_still(self, file: McapFile, pulse_ns: int) -> None:
        if self._told_ns is None or pulse_ns >= self._told_ns + _AGAIN_NS:
            self._told_ns = pulse_ns
            self._still.tell(file, pulse_ns)

    def _add(self, file: McapFile, result: ShotResult) -> None:
        job = result.job
        if job.about is not None:
            message = pulse_message(job.pulse, job.about.residuals_us, complete=job.about.complete)
            file.add_pulse(message, job.pulse_ns)
        for track, data in result.messages:
            jpeg = track == "COLOR" and self._contexts[job.device].color_format is ColorFormat.MJPG
            file.add(
                image_topic(job.device, track), COMPRESSED_IMAGE if jpeg else RAW_IMAGE, data, job.pulse_ns
            )
        self.broken += len(result.findings)
        self.findings += result.findings
