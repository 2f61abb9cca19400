"""Whether an exposure that is set is the one that the device reports, and the one that its images have."""

from __future__ import annotations

from kinect_sync.findings import Finding
from kinect_sync.findings.selftest import SELFTEST_CONTROL
from kinect_sync.rig.model import RigFields
from kinect_sync.selftest.judging import faults_of
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import DeviceRecord, Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.selftest.variants import with_exposure


def exposures(rig: RigFields) -> tuple[int, ...]:
    """Return what to set: the shortest, the rig's own, and the longest that fits into a period.

    The rig's own comes last, as devices keep what was set. Gain and white balance are not touched.
    """
    camera, rules = rig.camera, rig.hardware.profile.exposures
    longest = rules.longest_us(camera.powerline_hz, camera.fps)
    shortest = min(rules.table_us.get(camera.powerline_hz, (rules.example_us,)))
    own = camera.exposure_us if camera.exposure_us != "auto" else rules.example_us
    return (*(each for each in dict.fromkeys((shortest, longest)) if each != own), own)


def measure(stand: Stand) -> Runs:
    """Run the rig with one exposure after the other."""
    seconds = stand.plan.amounts.run_s
    runs = (
        stand.run(f"exposure {exposure} µs", with_exposure(stand.rig, exposure), seconds)
        for exposure in exposures(stand.rig)
    )
    return Runs(runs=tuple(runs))


def judge(measured: Runs, _plan: SelftestPlan) -> Judgement:
    """Compare what was set with what was read, and with what the images say in the end."""
    seen, findings = [], list(faults_of(measured.runs))
    for run in measured.runs:
        colored = [device for device in run.devices if device.controls is not None]
        if not run.pulses or not colored:
            continue
        seen += [f"{run.label}: {_told(device)}" for device in colored]
        findings += [finding for device in colored for finding in _faults(run.label, device)]
    return Judgement(tuple(seen), tuple(findings))


def _shown(device: DeviceRecord) -> list[int]:
    return [each.exposure_us for each in device.first if each.exposure_us is not None]


def _told(device: DeviceRecord) -> str:
    shown, read = _shown(device), device.controls.exposure_us if device.controls else None
    if not shown:
        return f"{device.name} reads {read} µs; its images do not tell"
    other = next((place for place in range(len(shown), 0, -1) if shown[place - 1] != shown[-1]), 0)
    return f"{device.name} reads {read} µs; its images say {shown[-1]} µs from capture {other + 1} on"


def _faults(label: str, device: DeviceRecord) -> list[Finding]:
    settings, shown = device.settings, _shown(device)
    if settings.exposure_us == "auto":
        return []
    rules = settings.hardware.profile.exposures
    wanted = rules.effective_us(settings.exposure_us, settings.powerline_hz, settings.fps)
    if shown and shown[-1] != wanted:
        what = f"{label}: its images say {shown[-1]} µs after {len(shown)} captures, where {wanted} are due"
        return [SELFTEST_CONTROL.found(what, device=device.name)]
    return []


def _lacks(plan: SelftestPlan) -> str | None:
    with_color = any(plan.rig.settings_of(device).has_color for device in plan.rig.devices)
    return None if with_color else "no device of the rig runs its color camera"


STEP = Step(
    name="controls",
    place=50,
    question="Is an exposure that is set the one that the device reports, and that its images have?",
    expected="rounded up to the next of the firmware's table, cut off at the longest that fits into a "
    "period, and in the images after up to 10 captures",
    source="color_priv.h and color_ft.cpp (limit_exposure_to_fps_setting) of the SDK",
    measured=Runs,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: len(exposures(plan.rig)) * (plan.amounts.run_s + 8),
    lacks=_lacks,
)
