"""Why a worker or a device is written off, in words that name the device and the next step."""

from __future__ import annotations

from collections.abc import Sequence

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.silent_chains import remedies
from kinect_sync.director.worker_life import CLOSE_S
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.hosts import HOST_LOST
from kinect_sync.findings.recording import (
    DEVICE_STALLED,
    DEVICE_UNFINISHED,
    DEVICE_UNPLUGGED,
    DISK_STALLED,
    HOST_PAUSED,
    IMU_DROPPED,
    LAST_CAPTURES_UNTOLD,
    PULSES_ENDED,
    SOURCE_LOST,
    WORKER_FROZEN,
)
from kinect_sync.findings.start import (
    DEVICE_HANGS,
    WORKER_DIED,
    WORKER_KILLED,
    WORKER_LEFT_BADLY,
    WORKER_VERSION,
)
from kinect_sync.rig.model import RigFields
from kinect_sync.wire.messages import PROTOCOL, CutOff, Exited, Healed

APART_S = 1.0
"""A device that delivers for so long after another's host was asked was there when devices were counted."""


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
        f"the device's process failed before it said that it was done {event.describe()}",
        device=state.name,
        remedy="what it had written is kept, and `ksync repair` completes a file that was left open; replug "
        "the device if it does not open next time",
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


def killed(state: DeviceState, *, frozen_s: float) -> Finding:
    """Say that a process had to be ended, which does not close its device."""
    if frozen_s:
        told = f"its process had said nothing for {frozen_s:.0f} s, and was ended"
    else:
        told = f"its process had not left {CLOSE_S:.0f} s after it was told to, and was ended"
    return WORKER_KILLED.found(told, device=state.name)


def stood_still(state: DeviceState, silent_s: float) -> Finding:
    """Say that a process said nothing for a while, and then went on."""
    when = f"after pulse {state.last_pulse}" if state.recording else "before the take began"
    told = f"its process stood still for {silent_s:.1f} s {when}, and went on"
    return WORKER_FROZEN.found(told, device=state.name)


def paused(pause_s: float) -> Finding:
    """Say that the director itself did not run for a while."""
    return HOST_PAUSED.found(f"ksync itself stood still for up to {pause_s:.1f} s, and went on")


def host_missing(event: CutOff) -> Finding:
    """Say that a rig can't start without a host; its agent closes what is open there."""
    told = f"{_cut_off(event)}, and the rig does not start without it"
    remedy = f"see to `{event.host}`, its cable and its `ksync agent`, and start again"
    return HOST_LOST.found(told, remedy=remedy)


def host_lost(event: CutOff) -> Finding:
    """Say that nothing is known of a host's devices for now: they record on, and rows wait for them."""
    return HOST_LOST.found(f"{_cut_off(event)}: what is recorded there meanwhile is not known")


def host_away(state: DeviceState) -> Finding:
    """Say that a host did not come back before the take was over."""
    if state.cut_off is None:
        raise ValueError(f"the host of {state.name} can be reached")
    told = f"{_cut_off(state.cut_off)} and did not come back before the take was over"
    return HOST_LOST.found(told)


def host_left(event: CutOff) -> Finding:
    """Say that a host was lost when nothing of the take was left to come from it."""
    told = f"{_cut_off(event)} after its files were closed; its agent closes the devices"
    remedy = f"see to `{event.host}` before the next take"
    return HOST_LOST.found(told, severity=Severity.WARNING, remedy=remedy)


def host_back(event: Healed) -> Finding:
    """Say that a host could not be reached for a while, which costs nothing."""
    often = f"{event.times} times, for up to" if event.times > 1 else "for"
    told = f"`{event.host}` could not be reached {often} {event.longest_s:.1f} s, and came back: all that "
    told += "was recorded there meanwhile is told"
    remedy = f"see to the cable of `{event.host}`, and what stops processes there"
    return HOST_LOST.found(told, severity=Severity.WARNING, remedy=remedy)


def _cut_off(event: CutOff) -> str:
    devices = ", ".join(f"`{device}`" for device in event.devices)
    return f"`{event.host}` with {devices} can't be reached any more ({event.why})"


def unplugged(state: DeviceState) -> Finding:
    """Say that the bus does not list a device any more."""
    told = f"it is not on the USB bus any more: nothing came after pulse {state.last_pulse}"
    if state.on_bus is not None and state.on_bus.listed is None:
        told += f"; {state.on_bus.missing} fewer are connected than while it delivered"
    return DEVICE_UNPLUGGED.found(told, device=state.name)


def source_lost(source: DeviceState, end_pulse: int) -> Finding:
    """Say that a take was ended as nothing is known any more of the pulses."""
    why = _WHY_SOURCE.get(source.phase, "delivers nothing any more")
    told = f"it gives the pulses and {why}, so the take was ended before pulse {end_pulse}"
    return SOURCE_LOST.found(told, device=source.name)


_WHY_SOURCE = {Phase.LOST: "was lost", Phase.FROZEN: "stands still, so that nobody knows what it gives"}


def last_captures_untold(state: DeviceState) -> Finding:
    """Say that the end of a dead worker's file is in no row."""
    told = f"what its process had written after pulse {state.last_pulse} could not be asked for"
    return LAST_CAPTURES_UNTOLD.found(told, device=state.name)


def imu_dropped(device: str, samples: int) -> Finding:
    """Say that IMU samples found no room while they waited for the disk."""
    return IMU_DROPPED.found(f"{samples} IMU samples were dropped: the disk did not keep up", device=device)


def explain_unfinished(
    rig: RigFields, states: Sequence[DeviceState], source: DeviceState | None
) -> list[tuple[DeviceState, Finding]]:
    """Tell devices that fell silent by themselves, or whose disk did, from those whose pulses ended.

    `states` are all of the rig's; `source` gives the pulses; None where an external trigger does.
    """
    left = [state for state in states if not state.gone and state.phase is not Phase.CUT_OFF]
    disks = [state for state in left if state.phase is Phase.STALLED and state.awaits_disk]
    others = [state for state in left if state not in disks]
    ended = _pulses_that_ended(others, source, states)
    if not ended:
        silent = [state for state in others if state.phase is Phase.STALLED]
        known = remedies(rig, silent)
        ended = [(state, _why_unfinished(state, silent, known.get(state.name))) for state in others]
    return [*((state, _stalled(state)) for state in disks), *ended]


def _pulses_that_ended(
    left: Sequence[DeviceState], source: DeviceState | None, states: Sequence[DeviceState]
) -> list[tuple[DeviceState, Finding]]:
    """Say why no pulses came any more; nothing where devices fell silent for another reason."""
    last = max((state.last_pulse for state in left), default=-1)
    if source is not None and source.phase is Phase.CUT_OFF and is_starved(left, source):
        why = f"nobody knows of `{source.name}`, which gives them: its host can't be reached"
        return [(left[0], _pulses_ended(last, why, "see what is said of its host"))]
    if source is not None and source.phase is Phase.FROZEN and is_starved(left, source):
        why = f"nobody knows of `{source.name}`, which gives them: its process stands still"
        remedy = "see what stops processes on this computer, and whether it is plugged in"
        return [(source, _unfinished(source)), (source, _pulses_ended(last, why, remedy))]
    if not left or any(state.phase is not Phase.STALLED for state in left):
        return []
    several = len(left) > 1
    if source is None:
        if any(state.phase is Phase.FINISHED for state in states) or not (several or len(states) == 1):
            return []
        return [
            (left[0], _pulses_ended(last, "the external trigger stopped", "let it run until ksync has ended"))
        ]
    if source.phase is Phase.LOST:
        why = f"`{source.name}`, which gives them, was lost"
        return [(left[0], _pulses_ended(last, why, "see what is said of it"))]
    if source in left and several:
        why = f"`{source.name}`, which gives them, delivers nothing any more"
        return [(source, _stalled(source)), (source, _pulses_ended(last, why, "see what is said of it"))]
    return []


def is_starved(states: Sequence[DeviceState], source: DeviceState) -> bool:
    """Tell whether there are others than the source, all silent, and not for their disks' sake."""
    return all_starve([state for state in states if state is not source])


def all_starve(states: Sequence[DeviceState]) -> bool:
    """Tell whether there are some, all silent, and not for their disks' sake."""
    return bool(states) and all(each.phase is Phase.STALLED and not each.awaits_disk for each in states)


def _why_unfinished(state: DeviceState, silent: Sequence[DeviceState], remedy: str | None) -> Finding:
    """Tell a device that is gone: by its number on the bus, or where as many are missing as fell silent."""
    if state.phase is not Phase.STALLED:
        return _unfinished(state)
    together = sum(_fell_silent_together(state, each) for each in silent)
    if state in silent and state.on_bus is not None and state.on_bus.missing >= together:
        return unplugged(state)
    return _stalled(state, remedy)


def _fell_silent_together(one: DeviceState, other: DeviceState) -> bool:
    """Tell whether one count stands for both: on one host, and neither delivered long after that."""
    counted_s = min(one.bus_asked_s, other.bus_asked_s) + APART_S
    return one.host == other.host and max(one.last_heard_s, other.last_heard_s) <= counted_s


def _pulses_ended(last: int, why: str, remedy: str) -> Finding:
    return PULSES_ENDED.found(f"no pulse came after pulse {last}: {why}", remedy=f"{remedy}; record again")


def _stalled(state: DeviceState, remedy: str | None = None) -> Finding:
    if state.awaits_disk:
        return DISK_STALLED.found(
            f"the disk took nothing more after pulse {state.last_pulse}", device=state.name
        )
    told = f"it delivered nothing more after pulse {state.last_pulse}"
    if state.on_bus is not None and state.on_bus.listed:
        told += ", and is still on the USB bus"
    elif state.on_bus is not None and state.on_bus.missing:
        told += f"; by then {state.on_bus.missing} of the connected devices were gone"
    return DEVICE_STALLED.found(told, device=state.name, remedy=remedy)


def _unfinished(state: DeviceState) -> Finding:
    told = f"it did not reach the end of the take: its last pulse is {state.last_pulse}"
    if state.phase is Phase.FROZEN:
        told = f"its process stands still: it has said nothing since pulse {state.last_pulse}"
        remedy = "what it had recorded is kept; see what stops processes on this computer"
        return DEVICE_UNFINISHED.found(told, device=state.name, remedy=remedy)
    return DEVICE_UNFINISHED.found(told, device=state.name)
