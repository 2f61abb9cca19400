"""Ask one worker what is on the bench: the director itself never loads the SDK."""

from __future__ import annotations

import queue
from collections.abc import Callable
from types import TracebackType

from kinect_sync.devices.port import Discovered
from kinect_sync.director.fleet import SteadyClock
from kinect_sync.director.link import Inbox, Launch
from kinect_sync.director.losses import host_missing
from kinect_sync.director.sdk_words import SdkWords
from kinect_sync.director.start_failures import discovery_hangs
from kinect_sync.director.start_sequence import Patience
from kinect_sync.director.worker_life import CLOSE_S, END_S
from kinect_sync.errors import BenchError, Interrupted
from kinect_sync.findings import Finding
from kinect_sync.findings.start import WORKER_DIED, WORKER_KILLED, WORKER_VERSION
from kinect_sync.steady import steady_s
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    PROTOCOL,
    CutOff,
    Discover,
    Exited,
    Failed,
    Inventory,
    Look,
    Said,
    Stop,
    Stranger,
)

NAME = "survey"
CLOSE_ONE_S = 3.0
"""What closing one of many devices may take."""
BUSY_S = 45.0
"""What a worker may take that is in the middle of opening devices: it closes them before it leaves."""
_NOT_LEFT = (
    "the process that looks for devices had not left {limit_s:.0f} s after it was told to, and was ended"
)


def keep_quiet(_: Finding) -> None:
    """Tell nobody."""


class Surveyor:
    """One worker without a device of its own; use it as a context, which ends the worker."""

    def __init__(
        self,
        launch: Launch,
        *,
        patience: Patience | None = None,
        stopping: Callable[[], bool] = lambda: False,
        tell: Callable[[Finding], None] = keep_quiet,
        inbox: Inbox | None = None,
        clock: SteadyClock = steady_s,
    ) -> None:
        """Start the worker; waiting raises `Interrupted` once `stopping` is true.

        `tell` hears what is found when the survey is over: that devices could not be closed.
        """
        self._inbox = inbox or Inbox()
        self._patience = patience or Patience()
        self._stopping = stopping
        self._clock = clock
        self._tell = tell
        self._answers = True
        """Whether it is known how many devices it keeps open: it has answered what it was asked last."""
        self._kept = 0
        self._cut_off = False
        """Whether its host can't be reached, where it leaves by itself."""
        self._sdk = SdkWords()
        self._link = launch(NAME, self._inbox)

    def __enter__(self) -> Surveyor:
        """Survey within the context."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the worker, which closes what it keeps open, one device after the other."""
        self._link.send(Stop())
        if self._cut_off:
            return
        limit_s = max(CLOSE_S, CLOSE_ONE_S * self._kept) if self._answers else BUSY_S
        if not self._link.join(limit_s):
            self._link.kill()
            self._link.join(END_S)
            self._tell(WORKER_KILLED.found(_NOT_LEFT.format(limit_s=limit_s)))

    def discover(self) -> tuple[Discovered, ...]:
        """List what is on the bench; each device is opened and closed. Raises BenchError."""
        return self._ask(Discover())

    def look(self) -> tuple[Discovered, ...]:
        """List what is on the bench, again and again; devices stay open in between. Raises BenchError."""
        devices = self._ask(Look())
        self._kept = len(devices)
        return devices

    def rest(self, seconds: float) -> None:
        """Let some time pass between two looks."""
        until_s = self._clock() + seconds
        while (left_s := until_s - self._clock()) > 0:
            self._hear(left_s)

    def _ask(self, command: Value) -> tuple[Discovered, ...]:
        self._link.send(command)
        self._answers = False
        limit_s = self._patience.ready_s + self._patience.discover_s
        until_s = self._clock() + limit_s
        while (left_s := until_s - self._clock()) > 0:
            event = self._hear(left_s)
            if isinstance(event, Inventory):
                self._answers = True
                return event.devices
        raise BenchError(discovery_hangs(limit_s))

    def _hear(self, timeout_s: float) -> Value | None:
        """Wait for the next event; BenchError for one that ends the survey."""
        if self._stopping():
            raise Interrupted
        try:
            _, event = self._inbox.get(timeout=min(timeout_s, 0.1))
        except queue.Empty:
            return None
        if isinstance(event, CutOff):
            self._cut_off = True
            raise BenchError(host_missing(event))
        if isinstance(event, Exited):
            raise BenchError(_died(event))
        if isinstance(event, Failed):
            raise BenchError(*event.findings, *self._sdk.findings(None))
        if isinstance(event, Said):
            self._sdk.hear(event.text)
        if isinstance(event, Stranger):
            raise BenchError(_other_version(event))
        return event


def survey(
    launch: Launch,
    stopping: Callable[[], bool] = lambda: False,
    tell: Callable[[Finding], None] = keep_quiet,
) -> tuple[Discovered, ...]:
    """List what is on the bench, once; `tell` as a `Surveyor` has it. Raises BenchError, or `Interrupted`."""
    with Surveyor(launch, stopping=stopping, tell=tell) as surveyor:
        return surveyor.discover()


def _died(event: Exited) -> Finding:
    return WORKER_DIED.found(
        f"the process that looks for devices ended {event.describe()}",
        remedy="replug the devices and try again; `ksync doctor` looks at what surrounds them",
    )


def _other_version(event: Stranger) -> Finding:
    return WORKER_VERSION.found(
        f"a worker speaks version {event.protocol} of the protocol, this director {PROTOCOL}"
    )
