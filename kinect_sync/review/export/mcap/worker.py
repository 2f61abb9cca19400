"""The part of an MCAP export that takes time: read the images of one capture, and make messages of them.

Runs in as many processes as there are cores; each opens a recording once and keeps it open.
"""

from __future__ import annotations

from collections.abc import Mapping

from kinect_sync.findings import Finding
from kinect_sync.review.export.mcap.messages import color_message, frame_of, gray_message, jpeg_message
from kinect_sync.review.export.mcap.request import Shot, ShotJob, ShotResult
from kinect_sync.review.export.worker import undecodable
from kinect_sync.review.recorded import DeviceContext, OpenRecording
from kinect_sync.rig.modes import ColorFormat


class MessageMaker:
    """Makes messages of images."""

    def __init__(self, contexts: Mapping[str, DeviceContext]) -> None:
        """Work on the recordings of these devices, by name."""
        self._recordings = {name: OpenRecording(context) for name, context in contexts.items()}

    def run(self, job: ShotJob) -> ShotResult:
        """Make the messages of one capture; an image that can't be decoded costs itself."""
        messages: list[tuple[str, bytes]] = []
        findings: list[Finding] = []
        for shot in job.shots:
            try:
                messages.append((shot.track, self._message(job.device, shot)))
            except ValueError as error:
                findings.append(undecodable(job.device, job.pulse, error))
        return ShotResult(job=job, messages=tuple(messages), findings=tuple(findings))

    def close(self) -> None:
        """Close the recordings."""
        for recording in self._recordings.values():
            recording.close()

    def _message(self, device: str, shot: Shot) -> bytes:
        recording = self._recordings[device]
        if shot.track != "COLOR":
            return gray_message(recording.gray(shot.place), frame_of(device, "depth"), shot.time_ns)
        data, frame = recording.read(shot.place), frame_of(device, "color")
        if recording.context.color_format is ColorFormat.MJPG:
            return jpeg_message(data, frame, shot.time_ns)
        return color_message(recording.color(data), frame, shot.time_ns)
