"""Which devices are there, with which firmware, and what their jacks say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kinect_sync.devices.port import Discovered
from kinect_sync.director.preflight import check_jacks, compare_firmware, compare_inventory, firmware_of
from kinect_sync.readings import Firmware
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.survey.firmware import firmware_text, judge_firmware
from kinect_sync.values import Value


class SeenBench(Value):
    """What was on the bench."""

    devices: tuple[Discovered, ...]


def measure(stand: Stand) -> SeenBench:
    """List what is on the bench."""
    return SeenBench(devices=stand.look())


def judge(seen: SeenBench, plan: SelftestPlan) -> Judgement:
    """Compare it with the rig."""
    names = {device.serial: device.name for device in plan.rig.devices}
    jacks = {names[each.serial]: each.jacks for each in seen.devices if each.serial in names and each.jacks}
    rig = list(names)
    told = tuple(
        f"{names.get(each.serial or '', 'a stranger')}: serial {each.serial}, "
        f"{firmware_text(each.firmware) if each.firmware else 'firmware unknown'}, {_plugs(each)}"
        for each in sorted(seen.devices, key=lambda each: _place(each.serial, rig))
        if each.serial is not None
    )
    findings = (
        *compare_inventory(plan.rig, seen.devices, allow_extra=plan.allow_extra),
        *check_jacks(plan.rig, jacks),
        *judge_firmware(seen.devices, names),
        *compare_firmware(_named(firmware_of(seen.devices), names), plan.rig.hardware),
    )
    return Judgement(told, findings)


def _named(versions: Mapping[str, Firmware], names: Mapping[str, str]) -> dict[str, Firmware]:
    return {names.get(serial, serial): firmware for serial, firmware in versions.items()}


def _place(serial: str | None, rig: Sequence[str]) -> int:
    """Return where a device stands in the rig; strangers come last."""
    return rig.index(serial) if serial in rig else len(rig)


def _plugs(device: Discovered) -> str:
    if device.jacks is None or device.jacks.sync_in is None:
        return "jacks unknown"
    plugged = [
        name for name, there in (("in", device.jacks.sync_in), ("out", device.jacks.sync_out)) if there
    ]
    return f"plugged: sync {' and '.join(plugged)}" if plugged else "nothing plugged"


STEP = Step(
    name="bench",
    place=20,
    question="Are the devices of the rig there, of one firmware, and plugged as described?",
    expected="all devices of the rig and no other, firmware 1.6.110079014 or later on all, and a plug in "
    "each jack that the topology needs",
    source="multi-camera-sync.md of the Azure Kinect DK; SDK issues 529, 530, 818, 971",
    measured=SeenBench,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: 3 + 2 * len(plan.rig.devices),
    of_rig=False,
    pulses=False,
)
