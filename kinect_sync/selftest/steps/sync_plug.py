"""A sync cable that is pulled in the middle of a run."""

from __future__ import annotations

from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.plug_judging import PULLED_AT, judge_pulled
from kinect_sync.selftest.records import Runs
from kinect_sync.selftest.stand import Interference, Stand
from kinect_sync.selftest.step import Judgement, Step, needs_master


def _victim(plan: SelftestPlan) -> str:
    return plan.subordinates[-1].name


def measure(stand: Stand) -> Runs:
    """Run the rig, and let the plug be pulled from the last subordinate."""
    name, seconds, hand = _victim(stand.plan), stand.plan.amounts.hand_s, stand.hand
    pull = f"pull the sync cable out of `{name}`, and leave it out"
    run = stand.run(
        f"sync cable of {name} pulled",
        stand.rig,
        seconds,
        meddle=lambda _: Interference(seconds * PULLED_AT, lambda: hand.tell(pull)),
    )
    hand.ask(f"plug the sync cable into `{name}` again")
    return Runs(runs=(run,))


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Tell whether it fell silent or ran on, and whether ksync noticed."""
    return judge_pulled(measured.runs[0], _victim(plan))


STEP = Step(
    name="sync-plug",
    place=180,
    question="What does a subordinate do whose sync cable is pulled?",
    expected="either: it falls silent, or it goes on at its own pace; ksync says which",
    source="open: SDK issue 1850 tells of a subordinate that runs free with its cable pulled",
    measured=Runs,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: plan.amounts.hand_s + 40,
    lacks=needs_master,
    hand="stand beside the last subordinate: its sync cable is to be pulled soon, while the rig runs",
)
