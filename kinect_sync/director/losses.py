"""Why a worker or a device is written off, in words that name the device and the next step."""

from __future__ import annotations

from collections.abc import Sequence

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.findings import Finding, Severity
from kinect_sync.wire.messages import PROTOCOL, Exited


def died(state: DeviceState, event: Exited) -> Finding:
    """Say that a worker's process ended though nobody told it to."""
    return Finding(
        code="worker-died",
        device=state.name,
        what=f"the device's process ended while {state.phase.value} {event.describe()}",
        remedy="what it had recorded is kept; replug the device and start the rig again",
    )


def left_badly(state: DeviceState, event: Exited) -> Finding:
    """Say that a worker failed while it left."""
    return Finding(
        code="worker-left-badly",
        severity=Severity.WARNING,
        device=state.name,
        what=f"the device's process failed after its file was closed {event.describe()}",
        remedy="the recording is whole; replug the device if it does not open next time",
    )


def other_version(state: DeviceState, protocol: int) -> Finding:
    """Say that a worker speaks another version of the protocol."""
    return Finding(
        code="worker-version",
        device=state.name,
        what=f"the device's process speaks version {protocol} of the protocol, this one {PROTOCOL}",
        remedy="install the same version of ksync everywhere",
    )


def hangs(state: DeviceState, silent_ms: int) -> Finding:
    """Say that the SDK does not come back from a call."""
    return Finding(
        code="device-hangs",
        device=state.name,
        what=f"the SDK has not answered for {silent_ms // 1000} s while {state.phase.value}",
        remedy="what it had recorded is kept; replug the device and start the rig again",
    )


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
    return Finding(
        code="pulses-ended", what=f"no pulse came after pulse {last}: {why}", remedy=f"{remedy}; record again"
    )


def _stalled(state: DeviceState) -> Finding:
    if state.awaits_disk:
        return Finding(
            code="disk-stalled",
            device=state.name,
            what=f"the disk took nothing more after pulse {state.last_pulse}",
            remedy="check the disk; what it had taken is kept",
        )
    return Finding(
        code="device-stalled",
        device=state.name,
        what=f"it delivered nothing more after pulse {state.last_pulse}",
        remedy="check its USB and sync cables; what it had recorded is kept",
    )


def _unfinished(state: DeviceState) -> Finding:
    return Finding(
        code="device-unfinished",
        device=state.name,
        what=f"it did not reach the end of the take: its last pulse is {state.last_pulse}",
        remedy="what it had recorded is kept; check its USB connection",
    )
