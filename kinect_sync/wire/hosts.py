"""What a director and the agents of other hosts say to each other: frozen values, answered one by one.

An agent runs the very workers that a director runs on its own computer. What director and worker say to each
other passes through it unchanged; what is here is about the host: who commands, which workers run, and what
of them the director has not heard yet.

A request is answered at once, and long work is told by events. A request that comes twice does no harm: a
worker is named by whoever starts it, and what was done already is answered as if it were done now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from kinect_sync.findings import Finding
from kinect_sync.host.identity import HostIdentity
from kinect_sync.values import Value
from kinect_sync.wire.files import FileHash, FileList, FilePart, FileRequest, Scanning
from kinect_sync.wire.looks import Connected, Examined, LookRequest
from kinect_sync.wire.messages import (
    ClockRead,
    Command,
    Event,
    Exited,
    PlainName,
    ReadClock,
    Said,
    Stranger,
)
from kinect_sync.wire.pictures import Pictures, ShowPictures
from kinect_sync.wire.sent_captures import SendCaptures, SentCaptures

HOSTS_PROTOCOL = 2
"""Changes when anything here does, or the `PROTOCOL` of the workers."""
LEASE_S = 3.0
"""A director that says nothing for so long commands no more: its takes go on without it, and another one may
see to them."""
KEEP_S = 0.5
"""How often a director says that it is there."""


LOOKING = 0
"""The epoch of whoever only looks at what is connected."""


class Lease(Value):
    """Who commands a host: one director at a time, and a later one has a greater epoch.

    Whoever only looks has none of these, so that it outdates nobody: a run that was cut off meanwhile comes
    back, and goes on.
    """

    director: str
    """Whose words these are, for people: the director's computer and process."""
    run: str
    """The director's process, told from every other one."""
    epoch: int
    """Greater than that of any director before; 0 where it only looks, and records nothing."""

    @property
    def looks(self) -> bool:
        """Whether whoever has it only looks."""
        return self.epoch == LOOKING


# --- requests -------------------------------------------------------------------------------------------


class Describe(Value):
    """Say what there is on the host; answered by `Description`, whoever asks."""

    kind: Literal["describe"] = "describe"


class Apply(Value):
    """Ask whether the host would obey; answered by `Done`, or `Refused`. Nothing changes by it.

    Whoever wants several hosts asks all of them before it leads the first: where one refuses, no other one
    has obeyed for nothing, and outdated a run that was cut off.
    """

    kind: Literal["apply"] = "apply"


class Lead(Value):
    """Take or keep the command, and say what was heard; answered by `Running`.

    Whoever commands says it again every `KEEP_S`.
    """

    kind: Literal["lead"] = "lead"
    heard: Mapping[str, int] = {}
    """By worker, the number of the last of its events that the director has heard without a gap: the agent
    may forget those."""


class Leave(Value):
    """Give the command back; answered by `Done`."""

    kind: Literal["leave"] = "leave"


class Launch(Value):
    """Start a worker; answered by `Done`, or `Refused`. One that runs already is left as it is."""

    kind: Literal["launch"] = "launch"
    worker: PlainName
    """Name of the worker, of all that ever run anywhere: whoever starts it makes it up."""
    bench: str
    """The bench that it opens, as JSON; the agent refuses one that is not its own."""
    take: PlainName | None = None
    """The take that it is to record; one that is there already is refused. None where nothing is kept."""
    continues: bool = False
    """Whether the take is there already, because the worker comes in the place of another one."""


class Tell(Value):
    """Pass a command to a worker; answered by `Done`: it was taken, as `Running` tells."""

    kind: Literal["tell"] = "tell"
    worker: PlainName
    number: Annotated[int, Field(ge=1)]
    """Which of the director's commands to this worker it is, from 1 on: one that is not the next after those
    that were taken is not passed on. So it may be told again, and has to be where one before it got lost."""
    command: Command


class End(Value):
    """End a worker at once; answered by `Done`."""

    kind: Literal["end"] = "end"
    worker: PlainName


class Replay(Value):
    """Tell the events of a worker again, all that came after a number; answered by `Done`, then by events."""

    kind: Literal["replay"] = "replay"
    worker: PlainName
    after: int


class EndTake(Value):
    """End what is recorded of a take in good order, whoever began it; answered by `Done`, or `Refused`.

    Whoever asks need not command the host: an orphaned take has nobody who does, and a running one another.
    """

    kind: Literal["end_take"] = "end_take"
    take: PlainName
    running: bool = False
    """Whether it is to be ended though a director is there."""
    by: str = "a director"
    """Who asks, for people."""


# --- answers --------------------------------------------------------------------------------------------


class RunningTake(Value):
    """A take that is recorded on a host."""

    take: str
    """Name of the take."""
    workers: tuple[str, ...]
    """The workers that record it."""
    devices: tuple[str, ...]
    """Names of the devices."""
    captures: int
    """Captures in its files on this host so far."""
    orphaned_s: float | None
    """For how long no director has been there; null while one is."""
    ends_in_s: float | None
    """When it ends by itself if none comes: at its planned end, or without one at the orphan limit; null
    while a director is there and no end is planned."""


class Description(Value):
    """What there is on a host."""

    kind: Literal["description"] = "description"
    protocol: int
    ksync: str
    """Version of ksync."""
    name: str
    """The host's name in the studio: that of its certificate."""
    host: HostIdentity
    system: str
    """Operating system and its version."""
    machine: str
    """Kind of processor."""
    free_bytes: int | None
    """Room for takes; null where the disk does not tell."""
    memory_bytes: int | None = None
    """Room in memory for what its devices give to programs; null where it does not tell."""
    simulates: bool
    """Whether it lends simulated devices, and not those that are connected."""
    epoch: int
    """The greatest epoch that it has seen."""
    lease: Lease | None
    """Who commands it; null while nobody does."""
    takes: tuple[RunningTake, ...] = ()
    """What it records now."""
    certificate_until: date | None = None
    """When its certificate expires; null where it has none."""


class Running(Value):
    """Which workers run, or have left and were not yet heard to the end."""

    kind: Literal["running"] = "running"
    workers: Mapping[str, int]
    """By worker, the number of its last event so far, as far as it is known."""
    awaited: tuple[str, ...] = ()
    """Workers that were found and have not said yet how far they are: they may have said more."""
    told: Mapping[str, int] = {}
    """By worker, the number of the director's last command that it was told, or is about to be: what the
    director told after it got lost with an agent. Without those of which that is not known yet."""


class Done(Value):
    """What was asked for is done, or under way."""

    kind: Literal["done"] = "done"


class Refused(Value):
    """Nothing was done."""

    kind: Literal["refused"] = "refused"
    findings: tuple[Finding, ...]


# --- events ---------------------------------------------------------------------------------------------


class Heard(Value):
    """What a worker said."""

    kind: Literal["heard"] = "heard"
    worker: str
    number: int | None
    """Numbers count what the director has to hear from 1 on, without a gap, and `Exited` is the last; null
    for what may be lost: `Said`, and a `ClockRead` that the agent answers by itself, so that it is quick."""
    event: Annotated[Event | Said | Exited | Stranger, Field(discriminator="kind")]


Request = Annotated[
    Describe
    | ReadClock
    | Apply
    | Lead
    | Leave
    | Launch
    | Tell
    | End
    | Replay
    | EndTake
    | FileRequest
    | LookRequest
    | ShowPictures
    | SendCaptures,
    Field(discriminator="kind"),
]
Answer = Annotated[
    Description
    | ClockRead
    | Running
    | Done
    | Refused
    | FileList
    | FilePart
    | FileHash
    | Scanning
    | Connected
    | Examined
    | Pictures
    | SentCaptures,
    Field(discriminator="kind"),
]


class Envelope(Value):
    """A request, with who asks."""

    protocol: int = HOSTS_PROTOCOL
    lease: Lease | None = None
    """The director's; None for what anybody of the studio may ask."""
    request: Request


class _AnyEnvelope(BaseModel):
    """What an envelope of every version says."""

    protocol: int


class OtherVersion(ValueError):
    """The other side speaks another version of the protocol."""

    def __init__(self, protocol: int) -> None:
        """Take the version."""
        super().__init__(f"protocol {protocol}, and not {HOSTS_PROTOCOL}")
        self.protocol = protocol


_ANSWERS: TypeAdapter[Answer] = TypeAdapter(Answer)


def read_envelope(text: bytes) -> Envelope:
    """Parse what a director sent; OtherVersion for another version's, ValueError for none of ours."""
    try:
        envelope = Envelope.model_validate_json(text)
    except ValueError:
        other = _AnyEnvelope.model_validate_json(text)
        if other.protocol != HOSTS_PROTOCOL:
            raise OtherVersion(other.protocol) from None
        raise
    if envelope.protocol != HOSTS_PROTOCOL:
        raise OtherVersion(envelope.protocol)
    return envelope


def read_answer(text: bytes) -> Answer:
    """Parse what an agent answered; OtherVersion for another version's, ValueError for none of ours."""
    try:
        return _ANSWERS.validate_json(text)
    except ValueError:
        other = _AnyEnvelope.model_validate_json(text)
        if other.protocol != HOSTS_PROTOCOL:
            raise OtherVersion(other.protocol) from None
        raise


def read_heard(text: bytes) -> Heard:
    """Parse an event; ValueError for none of ours."""
    return Heard.model_validate_json(text)
