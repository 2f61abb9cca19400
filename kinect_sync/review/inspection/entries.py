"""What an inspection says of one recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.review.inspection.file_checks import usual_period_us
from kinect_sync.review.inspection.measuring import Measured
from kinect_sync.review.inspection.members import Member
from kinect_sync.review.inspection.model import FileInspection, HoleRun
from kinect_sync.timing.table import HOLES, NO_HOLE


def describe(member: Member, measured: Measured | None) -> FileInspection:
    """Return the entry of a recording; without `measured` where it holds no capture."""
    recording, facts, settings = member.recording, member.recording.facts, member.settings
    times = member.pulse_times_us
    images = {name: len(track.timestamps_us) for name, track in recording.tracks.items()}
    moments = [
        track.timestamps_us for name, track in recording.tracks.items() if name != "IMU" and images[name]
    ]
    return FileInspection(
        name=member.name,
        file=str(member.source.path),
        serial=facts.serial,
        role=facts.role,
        fps=settings.fps,
        color_resolution=facts.color_resolution,
        color_format=facts.color_format,
        depth_mode=facts.depth_mode,
        subordinate_delay_off_master_usec=facts.subordinate_delay_off_master_usec,
        depth_delay_off_color_usec=facts.depth_delay_off_color_usec,
        writer=facts.writer,
        start_offset_us=recording.start_offset_us,
        start_offset_from=recording.start_offset_from.value,
        complete=recording.complete,
        truncated_bytes=recording.truncated_bytes,
        has_calibration=facts.has_calibration,
        images=images,
        first_us=min((int(each.min()) for each in moments), default=None),
        last_us=max((int(each.max()) for each in moments), default=None),
        longest_gap_s=float(np.diff(times).max()) / 1e6 if len(times) > 1 else 0.0,
        period_us=usual_period_us(member),
        **_measures(measured, settings.fps),
    )


def _measures(measured: Measured | None, fps: int) -> dict[str, object]:
    if measured is None:
        return _NOTHING
    verified, compared = measured.verified, measured.compared
    return {
        "aligned": measured.aligned,
        "captures": verified.captures,
        "captures_before": measured.before,
        "captures_after": measured.after,
        "dropped": verified.dropped,
        "holes": verified.holes,
        "hole_runs": _runs(measured.holes, fps),
        "pairing_error_us": verified.pairing_error_us,
        "mispaired": verified.mispaired,
        # Against itself every device is perfect.
        "bias_us": verified.bias_us if compared and measured.biased else None,
        "jitter_us": verified.jitter_us if compared else None,
        "drift_ppm": verified.drift_ppm if compared else None,
    }


_NOTHING: dict[str, object] = {
    "aligned": False,
    "captures": 0,
    "captures_before": 0,
    "captures_after": 0,
    "dropped": 0,
    "holes": {},
    "hole_runs": (),
    "pairing_error_us": None,
    "mispaired": 0,
    "bias_us": None,
    "jitter_us": None,
    "drift_ppm": None,
}


def _runs(holes: NDArray[np.int8], fps: int) -> tuple[HoleRun, ...]:
    """Return the holes, those of one reason in a row as one."""
    starts = np.flatnonzero(np.diff(holes, prepend=NO_HOLE - 1))
    lengths = np.diff(starts, append=len(holes))
    return tuple(
        HoleRun(pulse=start, pulses=length, at_s=round(start / fps, 3), reason=HOLES[holes[start]].value)
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
        if holes[start] != NO_HOLE
    )
