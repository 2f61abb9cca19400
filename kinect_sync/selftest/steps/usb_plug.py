"""A USB cable that is pulled in the middle of a run."""

from __future__ import annotations

from kinect_sync.findings.selftest import SELFTEST_NOT_FREED
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.plug_judging import PULLED_AT, judge_pulled
from kinect_sync.selftest.records import RunRecord, Runs
from kinect_sync.selftest.stand import Interference, Stand
from kinect_sync.selftest.step import Judgement, Step


def _victim(plan: SelftestPlan) -> str:
    return plan.rig.devices[-1].name


def measure(stand: Stand) -> Runs:
    """Run the rig, let the USB cable of its last device be pulled, and open that device again."""
    name, seconds, hand = _victim(stand.plan), stand.plan.amounts.hand_s, stand.hand
    pull = f"pull the USB cable of `{name}`, and leave it out"
    runs: list[RunRecord] = [
        stand.run(
            f"USB cable of {name} pulled",
            stand.rig,
            seconds,
            meddle=lambda _: Interference(seconds * PULLED_AT, lambda: hand.tell(pull)),
        )
    ]
    stand.forget_bench()
    if hand.ask(f"plug the USB cable of `{name}` in again, and wait until its light is on"):
        runs.append(stand.start(f"{name} again", stand.rig, devices=(name,)))
    return Runs(runs=tuple(runs))


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Tell when ksync noticed and what it said, and whether the device opened again."""
    name = _victim(plan)
    judged = judge_pulled(measured.runs[0], name)
    again = [run.device(name).open_s for run in measured.runs[1:]]
    if not again:
        return judged
    if again[0] is not None:
        return Judgement((*judged.seen, f"{name} opened again in {again[0]:.2f} s"), judged.findings)
    told = "it did not open again after its USB cable was plugged in"
    return Judgement(judged.seen, (*judged.findings, SELFTEST_NOT_FREED.found(told, device=name)))


STEP = Step(
    name="usb-plug",
    place=190,
    question="How does an unplugged camera show itself, and does it open again?",
    expected="nothing more comes of it, and no error either; ksync says that it is gone, the others go on",
    source="usbstreaming.c and depth_mcu.c of the SDK drop the status, so that a lost device only times out",
    measured=Runs,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: plan.amounts.hand_s + 60,
    hand="stand beside the last device: its USB cable is to be pulled soon, while the rig runs",
)
