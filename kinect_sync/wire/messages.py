"""What the director and a worker say to each other: frozen values, one JSON line each.

Never a pickled object: a worker may be another version, another process, one day another host. Commands
go down, events come up; `PROTOCOL` changes when either does.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PlainSerializer, TypeAdapter

from kinect_sync.devices.port import Discovered, Pace
from kinect_sync.files import is_plain_name
from kinect_sync.findings import Finding
from kinect_sync.host.identity import HostIdentity
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.timing.alignment import Entry
from kinect_sync.values import Value

PROTOCOL = 9
END_OF_TALK = "\x04"
"""A line of a worker's stderr: whatever was printed there before, belongs to what the worker says next."""
QUEUE_BYTES = 192 << 20
"""Default bound of one device's queue: four seconds of 720p MJPG and NFOV unbinned at 30 fps."""


def _plain(name: str) -> str:
    """Refuse what would lead out of the folder that takes are put into."""
    if not is_plain_name(name):
        raise ValueError(f"{name!r} is not the name of one file")
    return name


PlainName = Annotated[str, AfterValidator(_plain)]
"""A name below a folder, and never a way out of it."""


def _from_text(said: Any) -> Any:
    return b64decode(said, validate=True) if isinstance(said, str) else said


Stored = Annotated[
    bytes,
    BeforeValidator(_from_text),
    PlainSerializer(lambda stored: b64encode(stored).decode(), return_type=str, when_used="json"),
]
"""Bytes as a device has them in its memory, in base64 where they cross."""


class Discover(Value):
    """List what is on the bench; answered by `Inventory`."""

    kind: Literal["discover"] = "discover"


class Look(Value):
    """List what is on the bench like `Discover`, and keep it open to look again; answered by `Inventory`."""

    kind: Literal["look"] = "look"


class Claim(Value):
    """Open the device at an index, whichever it is, and keep it open; answered by `Claimed`."""

    kind: Literal["claim"] = "claim"
    index: int


class Release(Value):
    """Give back the device that was claimed at an index; not answered."""

    kind: Literal["release"] = "release"
    index: int


class Open(Value):
    """Set the controls of a device that was claimed, or is opened now; answered by `Opened`."""

    kind: Literal["open"] = "open"
    settings: DeviceSettings
    index: int | None
    """Where the device was claimed, or seen during discovery."""


class Arm(Value):
    """Start the cameras; a subordinate then waits for pulses. Answered by `Armed`, then `Watching`."""

    kind: Literal["arm"] = "arm"
    queue_bytes: int = QUEUE_BYTES
    """What may wait for the disk; a capture that finds no room in it is dropped, and counted."""
    settling: Annotated[int, Field(ge=0)] = 0
    """Captures of so many pulses from the first on are let go: the camera has not settled yet."""


class RecordingFile(Value):
    """One recording, wherever its host puts takes: the host is that of the worker which is told."""

    take: PlainName
    """Name of the take's folder."""
    name: PlainName
    """Name of the file in it."""
    packing: Packing | None = None
    """What depth and IR are packed with as they are written; null where they stay as the SDK gives them."""


class Record(Value):
    """Begin the file with the capture of the common pulse; answered by `Progress`, then `Finished`."""

    kind: Literal["record"] = "record"
    file: RecordingFile | None
    """None for a verification: everything is done as for a take, and nothing is kept."""
    ring: Annotated[int, Field(ge=0)] = 0
    """How many of its newest captures others on its host find in memory, beside a file or without one; 0 for
    none."""
    anchor_us: float
    """The common first pulse on this device's own pulse time line."""
    end_pulse: int | None
    """The first pulse, counted from the anchor, that is not recorded; None until `End` says."""


class End(Value):
    """End the file before this pulse; answered by `Finished` once the pulse has passed."""

    kind: Literal["end"] = "end"
    pulse: int


class Stop(Value):
    """Close file, cameras and device at once and leave; answered by `Finished` if a file was open."""

    kind: Literal["stop"] = "stop"


class Recover(Value):
    """Tell what a worker that died had written after its last report; answered by `Recovered`."""

    kind: Literal["recover"] = "recover"
    file: RecordingFile
    settings: DeviceSettings
    anchor_us: float
    """The common first pulse on the device's own pulse time line."""
    after_pulse: int
    """The last pulse that the worker reported; -1 for none."""


class FindOnBus(Value):
    """See whether the open device is still connected; answered by `OnBus` as soon as the bus has told."""

    kind: Literal["find_on_bus"] = "find_on_bus"


class ReadClock(Value):
    """Read the host's steady clock; answered at once by `ClockRead`."""

    kind: Literal["read_clock"] = "read_clock"
    sent_ns: int
    """When this was sent, on the director's clock."""


class Ready(Value):
    """The worker runs and understands this protocol."""

    kind: Literal["ready"] = "ready"
    protocol: int
    pid: int
    host: HostIdentity
    """Where it runs; all its host times are of this host's clock until they are turned."""
    place: str | None = None
    """The studio's name for that host, which whoever hears it there adds: no worker knows it, and the name of
    a computer may be another host's in the studio. Null where it runs on the director's own computer."""
    free_bytes: int | None = None
    """Room where it would put a take; null where it keeps none."""


class ClockRead(Value):
    """What the host's steady clock showed."""

    kind: Literal["clock_read"] = "clock_read"
    clock: str
    sent_ns: int
    """As it was asked."""
    time_ns: int
    heard_ns: int | None = None
    """When the answer was heard, on the director's clock; null where whoever is told it has just heard it."""


class Inventory(Value):
    """What is on the bench."""

    kind: Literal["inventory"] = "inventory"
    devices: tuple[Discovered, ...]


class Claimed(Value):
    """What is at an index; it is open now, unless it has no serial number, but a problem."""

    kind: Literal["claimed"] = "claimed"
    index: int
    device: Discovered | None
    """None where so many devices are not connected."""


class Opened(Value):
    """The device is open and its controls are read back."""

    kind: Literal["opened"] = "opened"
    jacks: Jacks
    firmware: Firmware | None
    controls: Controls | None
    """None where color is off: there is nothing to set."""
    pace: Pace
    calibration: Stored | None = None
    """What the factory measured of it; None where it tells nothing of that."""


class Armed(Value):
    """The cameras are started."""

    kind: Literal["armed"] = "armed"


class Watching(Value):
    """What has arrived since the cameras started and before recording begins."""

    kind: Literal["watching"] = "watching"
    seen: int
    """Captures since start, whatever their timestamps."""
    held: tuple[tuple[float, int], ...]
    """(pulse_time_us, arrived_ns) of the captures still held, in order, after the clock reset."""
    clock: str
    """The clock of the host times."""


class FirstCapture(Value):
    """When one of a camera's first captures was taken, as it was before anything was made of it."""

    color_us: int | None
    """Device timestamp of color."""
    depth_us: int | None
    """Device timestamp of depth, or of IR."""
    host_time_ns: int
    """When the reader got it."""
    arrived_ns: int | None
    """When its last image had come over USB, on the same clock; null where the SDK does not tell."""
    exposure_us: int | None
    """What the color image says of its exposure."""


class FirstCaptures(Value):
    """The first captures since the cameras started that were not told yet: of some sixty, and of no more.

    All of them, also those from before the clock was set to zero and while the exposure settles.
    """

    kind: Literal["first_captures"] = "first_captures"
    captures: tuple[FirstCapture, ...]
    clock: str
    """The clock of the host times."""


class Progress(Value):
    """What was recorded or dropped since the last message, and how the queue stands."""

    kind: Literal["progress"] = "progress"
    entries: tuple[Entry, ...]
    newest_pulse: int
    """The newest pulse that the device delivered, even if what came is not written yet, or never will be."""
    captures: int
    """Captures in the file."""
    queue_full: int
    """Captures dropped because the disk did not keep up."""
    queued_bytes: int
    written_bytes: int
    imu_dropped: int = 0
    """IMU samples dropped because the disk did not keep up."""
    reader_silent_ms: int
    """How long the reader has been inside one call to the device."""
    closing: bool = False
    """Whether nothing more is taken from the device: what is queued is being written, and the file closed."""
    awaits_reader: bool = False
    """Whether captures that wait, as of a recording that is played fast, wait for whoever reads the ring."""
    free_bytes: int | None = None
    """Room on the recording's disk; null until it is known, and where nothing is kept."""
    clock: str
    """The clock of the entries' host times."""


class OnBus(Value):
    """Whether the device is still connected, as far as its host can tell."""

    kind: Literal["on_bus"] = "on_bus"
    listed: bool | None
    """Whether the bus lists its serial number; null where the bus never told that."""
    missing: int
    """How many devices fewer are connected than while it delivered, as far as they were counted meanwhile."""


class Noted(Value):
    """Something was found that ends nothing; the recording goes on."""

    kind: Literal["noted"] = "noted"
    findings: tuple[Finding, ...]


class Recovered(Value):
    """What a recording holds beyond what its worker had told."""

    kind: Literal["recovered"] = "recovered"
    entries: tuple[Entry, ...]
    captures: int
    """Captures in the file, all in all."""
    written_bytes: int


class Finished(Value):
    """The file is closed; nothing more will be written."""

    kind: Literal["finished"] = "finished"
    captures: int
    written_bytes: int


class Failed(Value):
    """The device or its file failed; what was written is closed and kept."""

    kind: Literal["failed"] = "failed"
    findings: tuple[Finding, ...]
    closed: bool = True
    """Whether all that is in the file was told; a disk that is stuck keeps it open."""


class Stranger(Value):
    """The worker speaks another version of the protocol, as its first words show."""

    kind: Literal["stranger"] = "stranger"
    protocol: int


class Said(Value):
    """The SDK wrote a line into its log; not said by the worker, but by whoever hears its process."""

    kind: Literal["said"] = "said"
    text: str


class Exited(Value):
    """The worker's process has ended; not said by the worker, but by whoever started it."""

    kind: Literal["exited"] = "exited"
    code: int | None
    last_words: tuple[str, ...] = ()
    """The last lines that it printed: the SDK says there what its return codes do not."""

    def describe(self) -> str:
        """Tell the exit status, and the last words where there are any."""
        words = f"; its last words: {' / '.join(self.last_words[-3:])}" if self.last_words else ""
        return f"(exit status {self.code}){words}"


class CutOff(Value):
    """The worker's host can't be reached; not said by the worker, but by whoever holds the line to the host.

    The worker goes on. What it says meanwhile is told when the host is back, and `Healed` comes after it.
    """

    kind: Literal["cut_off"] = "cut_off"
    host: str
    """Name of the host in the studio."""
    devices: tuple[str, ...]
    """The devices whose workers run there."""
    why: str
    """What is known of the cause, as half a sentence."""


class Healed(Value):
    """The worker's host can be reached again, and all is told; not said by the worker, as `CutOff`."""

    kind: Literal["healed"] = "healed"
    host: str
    times: int
    """How often the host could not be reached so far."""
    longest_s: float
    """For how long at most."""


Command = Annotated[
    Discover | Look | Claim | Release | Open | Arm | Record | End | FindOnBus | Recover | ReadClock | Stop,
    Field(discriminator="kind"),
]
Event = Annotated[
    Ready
    | ClockRead
    | Inventory
    | Claimed
    | Opened
    | Armed
    | FirstCaptures
    | Watching
    | Progress
    | OnBus
    | Noted
    | Recovered
    | Finished
    | Failed,
    Field(discriminator="kind"),
]


class _Greeting(BaseModel):
    """What every version says first, with whatever else."""

    kind: Literal["ready"]
    protocol: int


_COMMANDS: TypeAdapter[Command] = TypeAdapter(Command)
_EVENTS: TypeAdapter[Event] = TypeAdapter(Event)


def read_command(line: bytes) -> Command:
    """Parse one line from the director; ValueError when it is none of ours."""
    return _COMMANDS.validate_json(line)


def read_event(line: bytes) -> Event | Stranger:
    """Parse one line from a worker; ValueError when it is none of ours.

    The first words of another version are understood whatever else it says there, so that it can be told.
    """
    try:
        event: Event = _EVENTS.validate_json(line)
    except ValueError:
        greeting = _Greeting.model_validate_json(line)
        if greeting.protocol == PROTOCOL:
            raise
        return Stranger(protocol=greeting.protocol)
    if isinstance(event, Ready) and event.protocol != PROTOCOL:
        return Stranger(protocol=event.protocol)
    return event


def as_line(message: Value) -> bytes:
    """Write one message as a line."""
    return message.model_dump_json(by_alias=True).encode() + b"\n"
