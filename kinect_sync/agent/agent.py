"""What answers the directors of a studio on one host: who may command, which workers run, and what they said.

Every request is answered at once. Whatever takes long, a worker does, and tells it by events.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import singledispatchmethod
from pathlib import Path

from kinect_sync.agent.captures import HostCaptures
from kinect_sync.agent.files import TakeFiles
from kinect_sync.agent.leadership import Leadership
from kinect_sync.agent.lending import lent_bench
from kinect_sync.agent.lodger import Lodger
from kinect_sync.agent.lodgers import Lodgers
from kinect_sync.agent.looks import Looks
from kinect_sync.agent.pictures import HostPictures
from kinect_sync.agent.process import ChildProcess, Start
from kinect_sync.agent.remarks import recorded_on, told_of
from kinect_sync.agent.state_folder import StateFolder
from kinect_sync.benches.published_folder import lodged_room
from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.findings import Finding, Kind
from kinect_sync.findings.collecting import HOST_RECORDS
from kinect_sync.findings.hosts import (
    AGENT_FAILED,
    HOST_NOT_EXAMINED,
    NO_DIRECTOR,
    TAKE_COMMANDED,
    TAKE_GOES_ON,
    WORKER_NOT_UNDERSTOOD,
    WORKER_UNKNOWN,
)
from kinect_sync.host.awake import AwakeClock
from kinect_sync.values import Value
from kinect_sync.version import __version__
from kinect_sync.wire.files import FileRequest
from kinect_sync.wire.hosts import (
    HOSTS_PROTOCOL,
    Answer,
    Apply,
    Describe,
    Description,
    Done,
    End,
    EndTake,
    Envelope,
    Heard,
    Launch,
    Lead,
    Lease,
    Leave,
    Refused,
    Replay,
    RunningTake,
    Tell,
)
from kinect_sync.wire.lines import Answered
from kinect_sync.wire.lodging import Told
from kinect_sync.wire.looks import Examine, LookRequest
from kinect_sync.wire.messages import (
    ClockRead,
    Exited,
    Failed,
    Finished,
    Noted,
    ReadClock,
    Record,
    Stop,
)
from kinect_sync.wire.pictures import ShowPictures
from kinect_sync.wire.sent_captures import SendCaptures
from kinect_sync.worker.site import Site

Send = Callable[[Iterable[Heard]], None]
"""Takes events for the director, in order; returns at once, and reads them later."""
Say = Callable[[str], None]
"""Takes a line for whoever watches the agent."""


@dataclass(frozen=True, slots=True)
class Lender:
    """Whose agent it is, and what it lends."""

    name: str
    """The host's name in the studio."""
    site: Site
    """The host, and the folder that takes are put into there."""
    simulates: bool = False
    """Whether it lends simulated devices, and not those that are connected."""
    orphan_limit_s: float = 600.0
    """For how long a worker records without anybody who commands."""
    certificate_until: date | None = None
    """When its certificate expires."""


class Agent:
    """One host's answers."""

    def __init__(
        self,
        lender: Lender,
        state: StateFolder,
        send: Send,
        say: Say,
        *,
        clock: AwakeClock | None = None,
        start: Start = ChildProcess,
    ) -> None:
        """Answer for a host whose state is kept in a folder, and find again whoever lodges there."""
        self._lender = lender
        self._state = state
        self._send = send
        self._say = say
        self._clock = clock or AwakeClock()
        self._lock = threading.RLock()
        self._refused = ""
        self._leadership = Leadership(state.last_lease(), lambda: self._clock.now_s)
        self._lodgers = Lodgers(
            state,
            lender.site.takes or Path(),
            lender.orphan_limit_s,
            self._hear,
            lambda: self._clock.now_s,
            start,
        )
        self._files = TakeFiles(lender.site.takes or Path(), lambda: bool(self._lodgers.occupied_by))
        self._pictures = HostPictures(lender.site.takes or Path(), self._lodgers.published_by)
        self._captures = HostCaptures(self._lodgers.published_by)
        self._looks = Looks(lender.site.takes or Path(), simulates=lender.simulates)
        self._find()

    def answer(self, envelope: Envelope) -> Answered:
        """Answer a director at once; whatever goes wrong is an answer."""
        if isinstance(envelope.request, ReadClock):
            return Answered(self._read_clock(envelope.request))
        try:
            if isinstance(envelope.request, FileRequest):
                self._see_idle(HOST_RECORDS)
                return self._files.answer(envelope.request)  # a disk may be slow: nobody waits for it
            if isinstance(envelope.request, ShowPictures):
                return self._pictures.answer(envelope.request)  # of what is recorded too: it says how much
            if isinstance(envelope.request, SendCaptures):
                return self._captures.answer(envelope.request)
            if isinstance(envelope.request, Describe):
                return Answered(self._describe())  # the same, as it says what is free
            if isinstance(envelope.request, LookRequest):
                if isinstance(envelope.request, Examine):
                    self._see_idle(HOST_NOT_EXAMINED)
                return self._looks.answer(envelope.request)
            with self._lock:
                return Answered(self._answer(envelope))
        except KsyncError as error:
            return Answered(self._refuse(envelope, *error.findings))
        except Exception as error:
            failed = AGENT_FAILED.found(f"{envelope.request.kind} failed: {type(error).__name__}: {error}")
            return Answered(self._refuse(envelope, failed))

    def tick(self) -> None:
        """See who has been silent for too long, and what was printed; ten times a second."""
        with self._lock:
            self._clock.tick()
            if (gone := self._leadership.expire()) is not None:
                self._tell_orphans(gone)
        for each in self._lodgers:
            if not each.gone:
                each.look()
        self._pictures.tick()
        self._captures.tick()

    @property
    def takes_left(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """What is recorded now: each take, with the processes that record it."""
        recording = {each.take: self._lodgers.recording(each.take) for each in self._takes()}
        return tuple(
            (take, tuple(each.record.pid for each in workers)) for take, workers in recording.items()
        )

    def _find(self) -> None:
        """Find the workers of an agent before this one; for a lease's length only their run commands."""
        for name in self._lodgers.find():
            unread = WORKER_NOT_UNDERSTOOD.found(f"what is kept of {name} can't be read; its process runs")
            self._say(str(unread))
        running = [each for each in self._lodgers if each.runs]
        for each in running:
            self._say(f"found {each.name} again (process {each.record.pid})")
        last = self._leadership.last
        if last is not None and any(each.record.run == last.run for each in running):
            self._leadership.await_last()

    # --- who may ask ----------------------------------------------------------------------------------

    def _answer(self, envelope: Envelope) -> Answer:
        if isinstance(envelope.request, EndTake):
            return self._end_take(envelope.request)
        if envelope.lease is None:
            what = f"{envelope.request.kind} was asked for by nobody who commands"
            raise UsageError(NO_DIRECTOR.found(what))
        self._see_obeyed(envelope.lease)
        if isinstance(envelope.request, Apply):
            return Done()
        self._obey(envelope.lease)
        return self._carry_out(envelope.request, envelope.lease)

    def _see_obeyed(self, lease: Lease) -> None:
        """Refuse who may not command; UsageError."""
        known = bool(self._lodgers.of(lease.run))
        objections = self._leadership.objections(lease, known=known) or tuple(self._going_on(lease.run))
        if objections:
            raise UsageError(*objections)

    def _going_on(self, run: str) -> Iterator[Finding]:
        """Yield what another run records: its director may come back for it."""
        for take in self._lodgers.takes(run):
            if take.orphaned_s is not None:
                remedy = f"end it with `ksync hosts end {take.take}`, or wait for its end"
                yield TAKE_GOES_ON.found(recorded_on(take), remedy=remedy)

    def _obey(self, lease: Lease) -> None:
        """Let somebody command, whatever it asks for; OSError where the disk does not take its epoch."""
        if lease.epoch > self._leadership.epoch:
            self._state.keep_lease(lease)
        if self._leadership.lease is None:
            self._say(f"{lease.director} {'looks' if lease.looks else f'commands (epoch {lease.epoch})'}")
        self._leadership.take(lease)

    def _see_idle(self, kind: Kind) -> None:
        """Refuse whatever would take the disk from a recording; UsageError."""
        if takes := self._lodgers.occupied_by:
            raise UsageError(kind.found(f"`{self._lender.name}` records {', '.join(takes)}"))

    def _refuse(self, envelope: Envelope, *findings: Finding) -> Refused:
        who = envelope.lease.director if envelope.lease is not None else "somebody"
        refusal = f"refused {who}: {'; '.join(each.what for each in findings)}"
        if refusal != self._refused:  # who asks again twice a second is told of once
            self._say(refusal)
        self._refused = refusal
        return Refused(findings=findings)

    # --- what is asked for ----------------------------------------------------------------------------

    @singledispatchmethod
    def _carry_out(self, request: Value, _lease: Lease) -> Answer:
        raise TypeError(f"{type(request).__name__} is no request")

    @_carry_out.register
    def _(self, request: Lead, lease: Lease) -> Answer:
        for each in self._lodgers.of(lease.run):
            each.be_commanded(request.heard.get(each.name))
        self._lodgers.forget(lease.run)
        return self._lodgers.running(lease.run)

    @_carry_out.register
    def _(self, _request: Leave, lease: Lease) -> Answer:
        self._leadership.give_back()
        self._lodgers.forget_run(lease.run)
        self._say(f"{lease.director} {'looks' if lease.looks else 'commands'} no more")
        return Done()

    @_carry_out.register
    def _(self, request: Launch, lease: Lease) -> Answer:
        if lease.looks and request.take is not None:
            raise UsageError(NO_DIRECTOR.found(f"{lease.director} only looks, and records nothing"))
        if self._lodgers.get(request.worker) is None:
            bench = lent_bench(request.bench, simulates=self._lender.simulates)
            self._lodgers.launch(request, lease.run, bench)
        return Done()

    @_carry_out.register
    def _(self, request: Tell, _lease: Lease) -> Answer:
        lodger = self._known(request.worker)
        if isinstance(request.command, ReadClock):  # of this host, too, and without waiting for the worker
            read = self._read_clock(request.command)
            self._send([Heard(worker=request.worker, number=None, event=read)])
            return Done()
        if isinstance(request.command, Record) and request.command.file is not None:
            self._say(f"{request.command.file.name} of {request.command.file.take} is recorded")
        lodger.command(Told(number=request.number, command=request.command))
        return Done()

    @_carry_out.register
    def _(self, request: End, _lease: Lease) -> Answer:
        if (lodger := self._lodgers.get(request.worker)) is not None:
            lodger.kill()
        return Done()

    @_carry_out.register
    def _(self, request: Replay, _lease: Lease) -> Answer:
        self._send(self._known(request.worker).events_after(request.after))
        return Done()

    def _end_take(self, request: EndTake) -> Answer:
        recording = self._lodgers.recording(request.take)
        if recording and not request.running:
            self._see_orphaned(request.take)
        if recording:
            self._say(f"{request.by} ends {request.take}")
        for each in recording:
            each.command(Told(number=None, command=Stop()))
        return Done()

    def _see_orphaned(self, take: str) -> None:
        """Refuse to end what somebody still directs; UsageError."""
        holder = self._leadership.lease
        if holder is not None and any(
            each.take == take and each.orphaned_s is None for each in self._takes()
        ):
            what = f"{holder.director} directs {take}, which is recorded on `{self._lender.name}`"
            raise UsageError(TAKE_COMMANDED.found(what))

    def _known(self, worker: str) -> Lodger:
        lodger = self._lodgers.get(worker)
        if lodger is None:
            raise UsageError(WORKER_UNKNOWN.found(f"{worker} is not known on this host"))
        return lodger

    def _read_clock(self, request: ReadClock) -> ClockRead:
        now_ns = self._lender.site.steady_ns()
        return ClockRead(clock=self._lender.site.host.clock, sent_ns=request.sent_ns, time_ns=now_ns)

    def _takes(self) -> tuple[RunningTake, ...]:
        lease = self._leadership.lease
        return self._lodgers.takes(lease.run if lease is not None else None)

    def _describe(self) -> Description:
        return Description(
            protocol=HOSTS_PROTOCOL,
            ksync=__version__,
            name=self._lender.name,
            host=self._lender.site.host,
            system=platform.platform(),
            machine=platform.machine(),
            free_bytes=self._lender.site.free_bytes(),
            memory_bytes=lodged_room(),
            simulates=self._lender.simulates,
            epoch=self._leadership.epoch,
            lease=self._leadership.lease,
            takes=self._takes(),
            certificate_until=self._lender.certificate_until,
        )

    # --- what is heard --------------------------------------------------------------------------------

    def _hear(self, lodger: Lodger, heard: Heard) -> None:
        """Take what a worker said; whoever does not listen now asks for it later."""
        if isinstance(heard.event, Finished | Failed | Exited):
            self._say(told_of(lodger, heard.event))
        if isinstance(heard.event, Noted) and heard.number is None:  # found by this agent
            self._say(f"{lodger.name}: {'; '.join(map(str, heard.event.findings))}")
        lease = self._leadership.lease
        if lease is not None and lease.run == lodger.record.run:
            self._send([heard])

    def _tell_orphans(self, gone: Lease) -> None:
        self._say(f"{gone.director} has gone")
        for take in self._takes():
            self._say(recorded_on(take))
