"""Running a rig from a program: a take that is kept, or a verification that keeps nothing.

No signal is handled here: Ctrl-C is the program's own. KeyboardInterrupt, or whatever a thread's end makes of
it, leaves no process behind; what was recorded until then is on the disk.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.drawing import draw_room
from kinect_sync.benches.preparing import prepared_bench
from kinect_sync.benches.wanted import LiveBench, WantedBench
from kinect_sync.benches.workplaces import workplaces
from kinect_sync.director.observer import Observer
from kinect_sync.director.start_sequence import Patience
from kinect_sync.director.take import MOST_PULSES, RecordedTake, TakePlan, record_take
from kinect_sync.doctor.readiness import check_readiness, ready_take
from kinect_sync.host.disk import RESERVE_BYTES
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import TRIGGER_S
from kinect_sync.rig.rig import Rig
from kinect_sync.studio.own_folder import studio_folder
from kinect_sync.survey.pairwise import verify_pairs
from kinect_sync.survey.verify import VerifyPlan, VerifyReport, verify_rig
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.timing.lasers.remarks import laser_remarks
from kinect_sync.timing.pulses import pulses_in


def never() -> bool:
    """Never ask for an end."""
    return False


def record(
    rig: RigFields,
    directory: Path | str = "takes",
    *,
    bench: WantedBench = Kinects(),  # noqa: B008 - a frozen value
    name: str | None = None,
    duration_s: float | None = None,
    captures: int | None = None,
    max_drop_percent: float = 1.0,
    reserve_bytes: int = RESERVE_BYTES,
    trigger_timeout_s: float = TRIGGER_S,
    compress: bool = False,
    allow_extra: bool = False,
    studio: Path | str | None = None,
    observer: Observer | None = None,
    stopping: Callable[[], bool] = never,
) -> RecordedTake:
    """Record a synchronized take as `ksync start` does, and return its report; it takes as long as the take.

    The take is a new folder in `directory`, named `name`, or after the rig, date and time. It ends after
    `duration_s` seconds or `captures` per device, when `stopping` returns true (asked ten times a second and
    whenever something was heard), or when less than `reserve_bytes` are free. `observer` is told of it
    meanwhile. A device may lack `max_drop_percent` of its captures for the take to count as complete.
    `compress` packs depth and IR without loss: less than half the bytes, for a core that packs.

    Devices of the rig's hosts are recorded there, by agents of the studio in the folder `studio`; where None,
    KSYNC_STUDIO names it, or it is the user's own.

    Raises RigError, UsageError or BenchError where nothing could be recorded, and Interrupted where
    `stopping` returned true before anything was.
    """
    rig = Rig.of(rig)
    plan = TakePlan(
        rig=rig,
        directory=Path(directory),
        name=name,
        pulses=length_in_pulses(duration_s, captures, rig.camera.fps),
        max_drop_percent=max_drop_percent,
        reserve_bytes=reserve_bytes,
        allow_extra=allow_extra,
        patience=Patience(trigger_s=trigger_timeout_s),
        packing=Packing.PNG if compress else None,
    )
    observers = [] if observer is None else [observer]
    with ExitStack() as stack:
        take = stack.enter_context(ready_take(plan, bench))
        draw_room(take.bench, rig, take.plan.pulses, stopping=stopping)
        folder = studio_at(studio)
        work = stack.enter_context(
            workplaces(rig, take.bench, folder, takes=plan.directory, take=take.plan.name)
        )
        warned = (*rig.remarks(), *laser_remarks(rig), *take.findings, *work.findings)
        return record_take(
            take.plan, work.launch, stopping=stopping, observers=observers, warned=warned, hosts=work.hosts
        )


def verify(
    rig: RigFields,
    *,
    bench: LiveBench = Kinects(),  # noqa: B008 - a frozen value
    duration_s: float = 5.0,
    pairwise: bool = False,
    tolerance_us: float | None = None,
    trigger_timeout_s: float = TRIGGER_S,
    allow_extra: bool = False,
    studio: Path | str | None = None,
    observer: Observer | None = None,
    stopping: Callable[[], bool] = never,
) -> VerifyReport:
    """Prove that a rig is in sync as `ksync verify` does: captures of some seconds compared, nothing kept.

    `pairwise` runs the master with one subordinate at a time, and names the cable or device that breaks a
    chain. `tolerance_us` is what bias and jitter may be; that of the frame rate when None. `studio` is as for
    a take.

    Whatever the devices do is in the report. Raises Interrupted when `stopping` returns true, UsageError
    where pairs of a rig without a master are asked for, and BenchError where this computer can start no
    Kinect.
    """
    rig = Rig.of(rig)
    plan = VerifyPlan(
        rig=rig,
        seconds=duration_s,
        tolerance_us=tolerance_us,
        allow_extra=allow_extra,
        patience=Patience(trigger_s=trigger_timeout_s),
    )
    observers = [] if observer is None else [observer]
    warnings = check_readiness(rig, bench)
    with prepared_bench(rig, bench) as choice, workplaces(rig, choice, studio_at(studio)) as work:
        run = partial(verify_pairs, looks=work.looks) if pairwise else verify_rig
        report = run(plan, work.launch, stopping=stopping, observers=observers)
    return report.model_copy(update={"findings": (*warnings, *work.findings, *report.findings)})


def studio_at(studio: Path | str | None) -> Path:
    """Return the folder of a studio; where None, KSYNC_STUDIO names it, or it is the user's own."""
    return studio_folder() if studio is None else Path(studio)


def length_in_pulses(duration_s: float | None, captures: int | None, fps: int) -> int | None:
    """Return the length in pulses; None for a take that somebody ends."""
    if duration_s is None:
        if captures is not None and not 0 < captures < MOST_PULSES:
            raise ValueError("captures is a positive number; leave it out to go on until stopped")
        return captures
    if captures is not None:
        raise ValueError("duration_s and captures both say how long: give one of them")
    if not 0 < duration_s * fps < MOST_PULSES:
        raise ValueError("duration_s is a positive number of seconds; leave it out to record until stopped")
    return pulses_in(duration_s, fps)
