"""Gives the rows of one run to programs of any language: `ksync stream` is the door of this.

Where somebody gives rows at the address already, no device is opened; and whatever becomes of the rig, its
clients are told.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.reading import Reading
from kinect_sync.benches.streaming import Stream
from kinect_sync.errors import Interrupted, KsyncError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.output import OUTPUT_UNWRITTEN
from kinect_sync.findings.streaming import STREAM_FULL, STREAM_LEFT, STREAM_UNREAD
from kinect_sync.streaming.addresses import Address, LoopbackPort, SocketPath, Stdout
from kinect_sync.streaming.listening import listening, shown
from kinect_sync.streaming.messages import StreamMessages, ToldDevice, only_end
from kinect_sync.streaming.outlets import MOST, PipeWriter, RowServer, new_token
from kinect_sync.streaming.row_reader import Mode
from kinect_sync.streaming.sharing import SharedRows
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.stream_report import StreamReport

LINGER_S = 2.0
"""How long whoever reads rows has, at the end, to take what is left."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Stdout, with a line of JSON for each row and without images."""


Outlet = Address | Lines


@dataclass(frozen=True, slots=True)
class Open:
    """Where rows can be had by now."""

    told: str | None = None
    """What whoever wants them has to know: the address, and the token if there is one; None of stdout."""
    failure: Callable[[], OSError | None] = lambda: None
    """Asked why nothing more can be written, where that is for ever."""
    turned_away: Callable[[], int] = lambda: 0
    """Asked how many clients there was no place for."""


Start = Callable[[Callable[[], StreamOrder], Reading], Stream]
"""Prepares a run, which begins as its context is entered."""


def give_rows(
    order: StreamOrder,
    reading: Reading,
    outlet: Outlet | None,
    tell: Callable[[str], object],
    *,
    waits: bool = False,
    start: Start = Stream,
) -> StreamReport:
    """Run a rig, give its rows to whoever comes, and report how it went; where None, rows are only counted.

    `tell` is told where rows can be had, as soon as somebody may come. Where captures wait for their reader
    (`waits`), rows wait for the clients. A run that keeps nothing ends where nobody can read it any more.

    Raises UsageError where rows can't be given there, what entering a `Stream` raises, BrokenPipeError where
    whoever read stdout has gone and nothing was kept, and Interrupted for a KeyboardInterrupt.
    """
    rows = SharedRows(order.ring, newest=reading.mode is Mode.NEWEST, waits=waits and outlet is not None)
    messages = StreamMessages(rows)
    with _opened(outlet, rows, messages) as opened:
        if opened.told is not None:
            tell(opened.told)
        giving = _Giving(order, reading, messages, opened)
        report = giving.run(start(lambda: order, replace(reading, stopping=giving.is_to_end)), rows)
    failure, turned_away = opened.failure(), opened.turned_away()
    if turned_away:
        return report.model_copy(update={"findings": (*report.findings, _full(turned_away))})
    if failure is None:
        return report
    if order.keeps:
        return _unread(report, failure)
    if isinstance(failure, BrokenPipeError):
        raise failure
    raise UsageError(OUTPUT_UNWRITTEN.found(f"rows could not be written to stdout: {failure.strerror}"))


@dataclass(frozen=True, slots=True)
class _Giving:
    """One run whose rows are given."""

    order: StreamOrder
    reading: Reading
    messages: StreamMessages
    opened: Open

    def is_to_end(self) -> bool:
        """Tell whether the run is to end: a take goes on where nobody reads along any more."""
        return self.reading.stopping() or (not self.order.keeps and self.opened.failure() is not None)

    def waits_for_nobody(self) -> bool:
        """Tell whether a row need not wait for anybody."""
        return self.reading.stopping() or self.opened.failure() is not None

    def run(self, stream: Stream, rows: SharedRows) -> StreamReport:
        """Run, and let clients come to the end, whatever that is."""
        told = director = None
        try:
            with stream:
                director = stream.director
                self._begin(stream)
                for row in stream:
                    self.messages.put(row, self.waits_for_nobody)
                rows.settle(LINGER_S)  # images are there as long as the stream is
            told = stream.report
        except KsyncError as error:
            told = StreamReport.unanswered(error.verdict, error.findings)
            raise
        except KeyboardInterrupt as error:  # asked for an end, and waits no longer
            raise Interrupted(_left(director)) from error
        finally:
            self.messages.end(None if told is None else told.model_dump(mode="json"))
        return told

    def _begin(self, stream: Stream) -> None:
        plan = self.order.plan
        places = {} if plan.calibration is None else plan.calibration.by_serial
        self.messages.begin(
            (
                ToldDevice(
                    each.settings,
                    each.host,
                    stream.factory_calibration(each.name),
                    places.get(each.settings.serial),
                )
                for each in stream.devices
            ),
            rig=plan.rig.name,
            fps=plan.rig.camera.fps,
            mode=self.reading.mode,
            reference=stream.reference,
            take=None if stream.take is None else str(stream.take),
        )


def _full(turned_away: int) -> Finding:
    came = "1 more was" if turned_away == 1 else f"{turned_away} more were"
    return STREAM_FULL.found(f"{MOST} programs read rows already, and {came} sent away")


def _left(director: int | None) -> Finding:
    process = "" if director is None else f", process {director},"
    return STREAM_LEFT.found(f"what directs the rig{process} was not waited for, and ends the run by itself")


def _unread(report: StreamReport, failure: OSError) -> StreamReport:
    """Tell with a take that its rows could not all be given."""
    finding = STREAM_UNREAD.found(f"rows could not be written to stdout any more: {failure.strerror}")
    return report.model_copy(update={"findings": (*report.findings, finding)})


def _told(outlet: SocketPath | LoopbackPort, listener: socket.socket, token: str | None) -> str:
    """Return what whoever wants rows has to know."""
    if isinstance(outlet, LoopbackPort):
        outlet = LoopbackPort(listener.getsockname()[1])
    return " ".join(filter(None, (shown(outlet), token)))


@contextmanager
def _opened(outlet: Outlet | None, rows: SharedRows, messages: StreamMessages) -> Iterator[Open]:
    """Let rows go out within the context; at its end clients have some time for what is left."""
    if outlet is None:
        yield Open()
    elif isinstance(outlet, Stdout | Lines):
        tell = messages.framed if isinstance(outlet, Stdout) else messages.lines
        writer = PipeWriter(sys.stdout.fileno(), rows, tell)
        try:
            yield Open(failure=lambda: writer.failure)
        finally:
            writer.close(LINGER_S)
    else:
        with listening(outlet) as listener:
            token = new_token() if isinstance(outlet, LoopbackPort) else None
            full = StreamReport.unanswered(Verdict.REFUSED, (_full(1),)).model_dump(mode="json")
            server = RowServer(listener, rows, messages.framed, token, full=only_end(full))
            try:
                yield Open(_told(outlet, listener, token), turned_away=lambda: server.turned_away)
            finally:
                server.close(LINGER_S)
