"""Show a rig before a take: it runs as it is verified, and what it gives is put where a viewer finds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from kinect_sync.director.fleet import launched
from kinect_sync.director.link import Launch
from kinect_sync.director.observer import Observer
from kinect_sync.director.publishing_sink import PublishingSink
from kinect_sync.director.run import Run, RunPlan
from kinect_sync.survey.verify import VerifyReport, report_run
from kinect_sync.takes.manifest import TakeHost
from kinect_sync.timing.settling import proving_pulses


def show_rig(
    plan: RunPlan,
    folder: Path,
    launch: Launch,
    *,
    stopping: Callable[[], bool],
    pulses: int | None = None,
    observers: Sequence[Observer] = (),
    hosts: Sequence[TakeHost] = (),
) -> VerifyReport:
    """Run the rig for so many pulses, or until `stopping`, and report whether it was in sync.

    A viewer finds in `folder`, which is empty, what the devices give. `hosts` are the other computers where
    `launch` starts workers. Raises `Interrupted` when `stopping` becomes true before the first common pulse.
    """
    settings = [plan.rig.settings_of(device) for device in plan.rig.devices]
    settling = proving_pulses(plan.rig.camera.fps)
    with (
        launched(settings, launch, stopping) as fleet,
        closing(PublishingSink(folder, plan.rig, fleet, hosts)) as sink,
    ):
        run = Run(plan, fleet, sink, observers, pulses=pulses, settling=settling)
        return report_run(run, plan, fleet)
