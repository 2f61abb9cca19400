"""Why a rig did not start, in words that name the device, the cable and the next step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.refused_transfers import transfers_refused
from kinect_sync.findings import Finding
from kinect_sync.findings.bench import DISCOVERY_HANGS
from kinect_sync.findings.recording import DEVICE_STALLED, PULSES_ENDED
from kinect_sync.findings.start import (
    CLOCK_UNRELATED,
    CLOCK_UNSTEADY,
    DEVICE_DEAF,
    DEVICE_LATE,
    DEVICE_SILENT,
    FREE_RUNNING,
    TRIGGER_RUNNING,
    TRIGGER_SILENT,
)
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import Role
from kinect_sync.rig.topology import Cable, between, fed_through, feeding_cable, suspect_cables


def discovery_hangs(waited_s: float) -> Finding:
    """Say that the SDK does not answer at all."""
    return DISCOVERY_HANGS.found(f"the SDK did not list the devices within {waited_s:.0f} s")


def claim_hangs(worker: DeviceState, waited_s: float) -> Finding:
    """Say that the SDK does not come back from opening a device, of which only the index is known."""
    return DISCOVERY_HANGS.found(
        f"the SDK did not open the device at index {worker.claiming} within {waited_s:.0f} s"
    )


def claim_lost(worker: DeviceState) -> list[Finding]:
    """Say what ended a worker that opened a device, of which only the index is known: it has no name yet."""
    told = f"while the device at index {worker.claiming} was opened: "
    return [
        finding.model_copy(update={"device": None, "what": told + finding.what})
        if finding.device == worker.name and worker.claiming is not None
        else finding
        for finding in worker.findings
    ]


def free_running(rig: RigFields, running: Sequence[DeviceState]) -> list[Finding]:
    """Tell devices that run on their own from a trigger that was running too early."""
    if rig.external_trigger is not None and len(running) == len(rig.devices):
        return [
            TRIGGER_RUNNING.found(
                "every device delivers already: the external trigger was running before they were armed"
            )
        ]
    return [
        FREE_RUNNING.found(
            f"it delivered {state.seen} captures before any pulse was sent: it does not follow pulses",
            device=state.name,
            remedy="unplug its power and USB, plug them in again, "
            f"and check the cable {feeding_cable(rig, state.name)}",
        )
        for state in running
    ]


def no_pulses(
    rig: RigFields, silent: Sequence[DeviceState], hearing: Sequence[str], waited_s: float
) -> list[Finding]:
    """Name the silent devices; in a chain, the first of them stands next to the cause.

    Where nobody hears anything, the source of the pulses is the cause, and no cable is suspected.
    """
    if rig.external_trigger is not None and not hearing:
        what = f"no device has seen a pulse of the external trigger for {waited_s:.0f} s"
        return [TRIGGER_SILENT.found(what, remedy=f"check the trigger and {_from_trigger(rig, silent[0])}")]
    sources = [state.name for state in silent if state.settings.role is not Role.SUBORDINATE]
    names = [state.name for state in silent]
    told = silent_subordinates(rig, names, hearing) if hearing or not sources else []
    return [*map(source_silent, sources), *told]


def _from_trigger(rig: RigFields, first: DeviceState) -> str:
    """Name what all pulses of the trigger pass."""
    if len(rig.chains) > 1:
        return f"its {between(rig)}, and the cable between them"
    return f"the cable {feeding_cable(rig, first.name)}"


def silent_subordinates(rig: RigFields, silent: Sequence[str], hearing: Collection[str]) -> list[Finding]:
    """Name each cable that explains silent devices, or the device, where another hears through it."""
    found = []
    for cable in suspect_cables(rig, silent):
        fed = fed_through(rig, cable.to_device)
        beyond = [name for name in fed if name in hearing]
        with_it = [name for name in (cable.to_device, *fed) if name in silent]
        found.append(_passes_pulses_on(cable, beyond[0]) if beyond else _cable_silent(cable, with_it))
    return found


def source_silent(name: str) -> Finding:
    """Say that nothing comes of the device that others hear."""
    return DEVICE_SILENT.found("it is the source of the pulses and delivers nothing", device=name)


def _passes_pulses_on(cable: Cable, beyond: str) -> Finding:
    return DEVICE_SILENT.found(
        f"it delivers nothing, though `{beyond}` hears pulses through it: the cable {cable} is good",
        device=cable.to_device,
        remedy=DEVICE_DEAF.remedy,
    )


def _cable_silent(cable: Cable, silent: Sequence[str]) -> Finding:
    return DEVICE_SILENT.found(
        f"it sees no pulses (silent: {', '.join(silent)})",
        device=cable.to_device,
        remedy=f"check the cable {cable}",
    )


def is_broken(state: DeviceState) -> bool:
    """Tell whether a device can deliver nothing any more, whatever the pulses do."""
    return state.gone or state.sdk.transfers_refused is not None


def broken(rig: RigFields, states: Iterable[DeviceState]) -> list[Finding]:
    """Say why devices are broken, and nothing where none is."""
    states = [state for state in states if is_broken(state)]
    lost = [finding for state in states if state.gone for finding in state.findings]
    refused = [state for state in states if not state.gone]
    told = [
        transfers_refused(rig, state, why)
        for state in refused
        if (why := state.sdk.transfers_refused) is not None
    ]
    return [*lost, *told, *sdk_words(refused)]


def sdk_words(states: Iterable[DeviceState]) -> list[Finding]:
    """Tell what the SDK said of these devices."""
    return [finding for state in states for finding in state.sdk.findings(state.name)]


def stands_still(state: DeviceState) -> Finding:
    """Say that nobody knows what a device does, as its process says nothing."""
    told = f"its process stands still: it has said nothing for {state.frozen_s:.0f} s"
    return DEVICE_LATE.found(told, device=state.name, remedy="see what stops processes on this computer")


def clock_unsteady(state: DeviceState) -> Finding:
    """Say that a device's timestamps never settled."""
    return CLOCK_UNSTEADY.found(
        f"it delivered {state.seen} captures, but never three in a row with a steady clock", device=state.name
    )


def stopped_settling(
    rig: RigFields, stopped: Sequence[DeviceState], states: Iterable[DeviceState]
) -> list[Finding]:
    """Say which devices stalled before the take could begin, and nothing of those whose pulses ended.

    Behind a trigger that paused nobody gives anything, and behind a master that stalled all may starve.
    """
    heard = [state for state in states if state.seen and not state.frozen_s]
    if rig.external_trigger is not None and stopped and all(state in stopped for state in heard):
        what = "the external trigger gave pulses and then no more, before the take could begin"
        return [PULSES_ENDED.found(what, remedy="let it run until ksync has ended, and start again")]
    sources = [state for state in stopped if state.settings.role is not Role.SUBORDINATE]
    told = sources or stopped
    return [*map(_stalled_settling, told), *sdk_words(told)]


def _stalled_settling(state: DeviceState) -> Finding:
    return DEVICE_STALLED.found(
        f"it delivered {state.seen} captures and nothing more, before the take could begin",
        device=state.name,
    )


def clock_unrelated(name: str, reference: str) -> Finding:
    """Say that a device counts from another moment than the reference."""
    return CLOCK_UNRELATED.found(
        f"its timestamps count from another moment than those of `{reference}`",
        device=name,
    )
