"""What the director of a stream does, in a process of its own: it runs the rig, and the program reads along.

It ends the run as Ctrl-C ends a take: when the program asks for it, and when there is no program any more. A
program that was stopped is not waited for. The folder of the rings is there as long as somebody may read it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from pydantic import Field

from kinect_sync.benches.drawing import draw_room
from kinect_sync.benches.preparing import prepared_take
from kinect_sync.benches.program_line import ProgramLine
from kinect_sync.benches.published_folder import published_folder, rings_nbytes, see_room_elsewhere
from kinect_sync.benches.wanted import Played, WantedBench
from kinect_sync.benches.workplaces import workplaces
from kinect_sync.director.stream import stream_rig
from kinect_sync.director.stream_teller import StreamTeller
from kinect_sync.director.take import TakePlan
from kinect_sync.director.take_holes import TakeHoles
from kinect_sync.errors import BenchError, Interrupted, KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.streaming import DIRECTOR_FAILED
from kinect_sync.values import Value
from kinect_sync.wire.capture_ring import RING, RingReader
from kinect_sync.wire.direction import Over, Refused

EVERY_CAPTURE = 2**62
"""A reader that lets go of so many waits for none."""


class StreamOrder(Value):
    """A stream that is wanted; what forbids it on the program's side has been looked for."""

    plan: TakePlan
    """What is to be run; where nothing is kept, its folder is of no matter."""
    bench: WantedBench
    keeps: bool
    """Whether a take is recorded beside."""
    ring: Annotated[int, Field(gt=0)]
    """How many captures of each device are kept in memory."""
    studio: Path
    """The folder of the studio, for a rig with hosts."""
    warned: tuple[Finding, ...] = ()
    """What is to be told before."""
    program: int = 0
    """The process that wants it."""


def direct(order: StreamOrder, program: ProgramLine) -> None:
    """Run a stream, tell the program how it went, and stay until that reads nothing any more."""
    try:
        room = rings_nbytes(order.plan.rig, order.ring, all_here=isinstance(order.bench, Played))
        with published_folder(room) as folder:  # before a device is opened
            program.tell(_answer(order, folder, program))
            program.wait_until_left()
    except KsyncError as error:
        program.tell(Refused.by(error))
        program.wait_until_left()


def _answer(order: StreamOrder, folder: Path, program: ProgramLine) -> Value:
    try:
        return _run(order, folder, program)
    except (KsyncError, Interrupted) as error:
        return Refused.by(error)
    except Exception as error:  # whatever it is must be told, not lost with the process
        traceback.print_exc()
        return Refused.by(
            BenchError(DIRECTOR_FAILED.found(f"the run was ended by {type(error).__name__}: {error}"))
        )


def _run(order: StreamOrder, folder: Path, program: ProgramLine) -> Over:
    stopping = _stopping(program, folder)
    with ExitStack() as stack:
        take = stack.enter_context(prepared_take(order.plan, order.bench))
        plan = take.plan
        draw_room(take.bench, plan.rig, plan.pulses, stopping=stopping)
        takes, name = (plan.directory, plan.name) if order.keeps else (None, None)
        work = stack.enter_context(
            workplaces(plan.rig, take.bench, order.studio, takes=takes, take=name, published=folder)
        )
        see_room_elsewhere(plan.rig, order.ring, work.elsewhere, work.rooms)
        warned = (*order.warned, *take.findings, *work.findings)
        holes = TakeHoles([each.name for each in plan.rig.devices])
        report = stream_rig(
            plan,
            work.launch,
            ring=order.ring,
            keeps=order.keeps,
            stopping=stopping,
            observers=[StreamTeller(program.tell, plan.rig, folder, warned), holes],
            warned=warned,
            hosts=work.hosts,
        )
    return Over(report=report, take_holes=holes.ranges if order.keeps else None)


def _stopping(program: ProgramLine, folder: Path) -> Callable[[], bool]:
    """Return what tells whether to end; where the program reads nothing any more, nothing waits for it."""

    def stopping() -> bool:
        if program.has_left:
            let_go(folder)
        return program.is_ending()

    return stopping


def let_go(folder: Path) -> None:
    """Let every ring in a folder be overwritten, as nobody reads them."""
    for path in folder.glob(f"*{RING}"):
        ring = RingReader(path)
        ring.let_go(EVERY_CAPTURE)
        ring.close()
