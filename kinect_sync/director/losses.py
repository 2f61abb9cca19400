"""Why a worker or a device is written off, in words that name the device and the next step."""

from __future__ import annotations

from collections.abc import Sequence

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.findings import Finding
from kinect_sync.findings.recording import (
    DEVICE_STALLED,
    DEVICE_UNFINISHED,
    DISK_STALLED,
    IMU_DROPPED,
    LAST_CAPTURES_UNTOLD,
    PULSES_ENDED,
)
from kinect_sync.findings.start import DEVICE_HANGS, WORKER_DIED, WORKER_LEFT_BADLY, WORKER_VERSION
from kinect_sync.wire.messages import PROTOCOL, Exited


def died(state: DeviceState, event: Exited) -> Finding:
    """Say that a worker's process ended though nobody told it to."""
    return WORKER_DIED.found(
        f"the device's process ended while {state.phase.value} {event.describe()}", device=state.name
    )


def left_badly(state: DeviceState, event: Exited) -> Finding:
    """Say that a worker failed while it left."""
    if state.phase is Phase.FINISHED:
        told = f"the device's process failed after its file was closed {event.describe()}"
        return WORKER_LEFT_BADLY.found(told, device=state.name)
    return WORKER_LEFT_BADLY.found(
        f"the device's process failed before it said that its file is closed {event.describe()}",
        device=state.name,
        remedy="what it had written is kept, and `ksync repair` completes the file; replug the device if it "
        "does not open next time",
    )


def other_version(state: DeviceState, protocol: int) -> Finding:
    """Say that a worker speaks another version of the protocol."""
    return WORKER_VERSION.found(
        f"the device's process speaks version {protocol} of the protocol, this one {PROTOCOL}",
        device=state.name,
    )


def hangs(state: DeviceState, silent_ms: int) -> Finding:
    """Say that the SDK does not come back from a call."""
    return DEVICE_HANGS.found(
        f"the SDK has not answered for {silent_ms // 1000} s while {state.phase.value}", device=state.name
    )


def last_captures_untold(state: DeviceState) -> Finding:
    """Say that the end of a dead worker's file is in no row."""
    told = f"what its process had written after pulse {state.last_pulse} could not be asked for"
    return LAST_CAPTURES_UNTOLD.found(told, device=state.name)


def imu_dropped(device: str, samples: int) -> Finding:
    """Say that IMU samples found no room while they waited for the disk."""
    return IMU_DROPPED.found(f"{samples} IMU samples were dropped: the disk did not keep up", device=device)


def explain_unfinished(
    unfinished: Sequence[DeviceState], source: DeviceState | None, *, everybody: bool
) -> list[tuple[DeviceState, Finding]]:
    """Tell devices that fell silent by themselves from those whose pulses ended.

    `source` gives the pulses; None where an external trigger does. `everybody` says that no device came to
    the end.
    """
    starved = len(unfinished) > 0 and all(state.phase is Phase.STALLED for state in unfinished)
    last = max((state.last_pulse for state in unfinished), default=-1)
    if starved and source is not None and source.phase is Phase.LOST:
        why = f"`{source.name}`, which gives them, was lost"
        return [(unfinished[0], _pulses_ended(last, why, "see what is said of it"))]
    if starved and source is None and everybody:
        why = "the external trigger stopped"
        return [(unfinished[0], _pulses_ended(last, why, "let it run until ksync has ended"))]
    return [
        (state, _stalled(state) if state.phase is Phase.STALLED else _unfinished(state))
        for state in unfinished
    ]


def _pulses_ended(last: int, why: str, remedy: str) -> Finding:
    return PULSES_ENDED.found(f"no pulse came after pulse {last}: {why}", remedy=f"{remedy}; record again")


def _stalled(state: DeviceState) -> Finding:
    if state.awaits_disk:
        return DISK_STALLED.found(
            f"the disk took nothing more after pulse {state.last_pulse}", device=state.name
        )
    return DEVICE_STALLED.found(
        f"it delivered nothing more after pulse {state.last_pulse}", device=state.name
    )


def _unfinished(state: DeviceState) -> Finding:
    return DEVICE_UNFINISHED.found(
        f"it did not reach the end of the take: its last pulse is {state.last_pulse}", device=state.name
    )
