"""A disk that refuses once is asked again: a share pauses, a cable shakes, and a device is worth more."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from kinect_sync.captures import Capture, ImuSample
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.recording import DISK_REFUSED, WRITE_FAILED
from kinect_sync.steady import steady_s
from kinect_sync.worker.writers import Writer

PATIENCE_S = 10.0
"""For how long a disk that refuses is asked again; the queue holds four seconds meanwhile."""
RETRY_S = 0.2
"""From one try to the next."""


class PatientWriter:
    """Stands before a writer whose failed write leaves the file as it was, so that it can be tried again.

    Only what may pass is tried again: a disk that is full does not empty itself.
    """

    def __init__(
        self,
        writer: Writer,
        device: str,
        note: Callable[[Finding], None],
        until_s: Callable[[], float] = lambda: float("inf"),
        awake_s: Callable[[], float] = steady_s,
    ) -> None:
        """Tell `note` what the disk refused and what came of it; try no longer than `until_s` says.

        Patience is counted by `awake_s`: while this process stands still, nobody asks the disk.
        """
        self._writer = writer
        self._device = device
        self._note = note
        self._until_s = until_s
        self._awake_s = awake_s
        self._imu_refused_s: float | None = None
        """Since when samples have been refused without a break."""

    @property
    def captures(self) -> int:
        """Captures written so far."""
        return self._writer.captures

    @property
    def bytes_written(self) -> int:
        """Bytes of the file so far."""
        return self._writer.bytes_written

    def write(self, capture: Capture) -> None:
        """Write a capture, again and again while the disk refuses; KsyncError when it has for too long."""
        began_s = self._awake_s()
        refused: Finding | None = None
        while True:
            try:
                self._writer.write(capture)
                break
            except KsyncError as error:
                if not _may_pass(error) or self._is_over(began_s) or steady_s() > self._until_s():
                    raise
                refused = error.findings[0]
            time.sleep(RETRY_S)
        if refused is not None:
            lasted_s = self._awake_s() - began_s
            told = f"the disk refused a write for {lasted_s:.1f} s and then took it: {refused.what}"
            self._note(DISK_REFUSED.found(told, device=self._device))

    def write_imu(self, samples: Sequence[ImuSample]) -> None:
        """Write samples; the writer keeps those that the disk refuses, and tries again with the next ones.

        KsyncError when it has refused them for too long: what is kept grows meanwhile.
        """
        try:
            self._writer.write_imu(samples)
        except KsyncError as error:
            if self._imu_refused_s is None:
                self._imu_refused_s = self._awake_s()
            if self._is_over(self._imu_refused_s):
                raise
            self._note_what_may_pass(error)
        else:
            self._imu_refused_s = None

    def sync(self) -> None:
        """Force what is written to the disk; what it has lost is told, and the recording goes on.

        However often: the disk takes what is written, some never sync, and nobody knows of a power cut.
        """
        try:
            self._writer.sync()
        except KsyncError as error:
            self._note_what_may_pass(error)

    def close(self) -> None:
        """Make the file whole."""
        self._writer.close()

    def _is_over(self, began_s: float) -> bool:
        return self._awake_s() > began_s + PATIENCE_S

    def _note_what_may_pass(self, error: KsyncError) -> None:
        if not _may_pass(error):
            raise error
        for finding in error.findings:
            self._note(finding)


def _may_pass(error: KsyncError) -> bool:
    return all(finding.kind is WRITE_FAILED for finding in error.findings)
