"""What is known to break takes, before a camera is started: the whole of `ksync doctor`."""

from __future__ import annotations

from kinect_sync.doctor.checkup import Checkup, check_up
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import Status
from kinect_sync.rig.rig import Rig
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step


def measure(stand: Stand) -> Checkup:
    """Make every check of the doctor; the devices are listed once for all steps."""
    return check_up(
        Examination(
            rig=Rig.of(stand.rig),
            takes=stand.folder,
            ask_bench=stand.look,
            simulated=stand.around.simulated,
            allow_extra=stand.plan.allow_extra,
            host=stand.around.host,
        )
    )


def judge(checkup: Checkup, _plan: SelftestPlan) -> Judgement:
    """Tell what is not well; what can't be told is no fault."""
    counts = {status: sum(each.status is status for each in checkup.checks) for status in Status}
    seen = ", ".join(f"{count} {status.value}" for status, count in counts.items() if count)
    return Judgement((seen,), checkup.findings)


STEP = Step(
    name="computer",
    place=10,
    question="Is this computer fit for the rig?",
    expected="no check of `ksync doctor` says no",
    source="the hardware requirements of the Azure Kinect DK, and SDK issues 397, 485, 1316",
    measured=Checkup,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: 10 + 2 * len(plan.rig.devices),
    of_rig=False,
    pulses=False,
)
