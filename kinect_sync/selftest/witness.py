"""Writes down what workers were told and said in one run, and when: it changes nothing of the run.

It stands between a fleet and its workers. So there is one start sequence and one run, and what they do not
need to know is measured all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import singledispatchmethod

from kinect_sync.director.link import Launch, Link, Post
from kinect_sync.director.sdk_words import sdk_text
from kinect_sync.host.view import Host
from kinect_sync.readings import Controls
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.selftest.records import DeviceRecord, Moment
from kinect_sync.steady import steady_s
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    Arm,
    Exited,
    FirstCapture,
    FirstCaptures,
    Open,
    Opened,
    Progress,
    Ready,
    Said,
    Stop,
    Watching,
)

MOMENT_S = 0.5
"""How often it is written down how much has come of a device."""
MOST_LINES = 100
"""Lines of the SDK's log that are kept of one run; nearly all say the same."""
MEMORY_S = 1.0
"""How often the memory of a process is read."""
PAGE_BYTES = 4096

ReadMemory = Callable[[int], int | None]


def memory_of(pid: int) -> int | None:
    """Return the resident memory of a process of this computer; None where that can't be read."""
    try:
        return int(Host().read(f"/proc/{pid}/statm").split()[1]) * PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return None


@dataclass
class _Life:
    """What is known of one worker. Several threads hear of it, each of another event."""

    device: str
    """The device that it was told to open; until then, the one that it was launched for."""
    clock: Callable[[], float]
    read_memory: ReadMemory
    link: Link | None = None
    told_s: dict[str, float] = field(default_factory=dict)
    said_s: dict[str, float] = field(default_factory=dict)
    first: list[FirstCapture] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    pid: int | None = None
    controls: Controls | None = None
    exited: Exited | None = None
    lines: list[str] = field(default_factory=list)

    def tell(self, command: Value) -> None:
        """Note a command."""
        if isinstance(command, Open):
            self.device = command.settings.name
        if isinstance(command, Open | Arm | Stop):
            self.told_s.setdefault(type(command).__name__, self.clock())

    def hear(self, event: Value) -> None:
        """Note an event."""
        self.said_s.setdefault(type(event).__name__, self.clock())
        self._note(event)

    @singledispatchmethod
    def _note(self, event: Value) -> None:
        """Keep what matters of an event; of most nothing does."""

    @_note.register
    def _(self, event: Ready) -> None:
        self.pid = event.pid

    @_note.register
    def _(self, event: Opened) -> None:
        self.controls = event.controls

    @_note.register
    def _(self, event: FirstCaptures) -> None:
        self.first += event.captures

    @_note.register
    def _(self, event: Watching) -> None:
        self._note_moment(event.seen)

    @_note.register
    def _(self, event: Progress) -> None:
        self._note_moment(event.captures)
        self._note_memory()

    @_note.register
    def _(self, event: Said) -> None:
        if len(self.lines) < MOST_LINES:
            self.lines.append(event.text)

    @_note.register
    def _(self, event: Exited) -> None:
        self.exited = event
        self.lines += [line for line in event.last_words if sdk_text(line) is None]

    def _note_moment(self, captures: int) -> None:
        at_s = self.clock() - self.told_s.get("Arm", self.clock())
        if not self.moments or at_s - self.moments[-1].at_s >= MOMENT_S:
            self.moments.append(Moment(at_s=round(at_s, 3), captures=captures))

    def _note_memory(self) -> None:
        now_s = self.clock()
        if self.pid is None or (self.memory and now_s - self.memory[-1][0] < MEMORY_S):
            return
        nbytes = self.read_memory(self.pid)
        if nbytes:
            self.memory = [*self.memory[:1], (now_s, nbytes)]

    def between(self, command: str, event: str) -> float | None:
        """Return how long an answer took; None where there was none."""
        begin_s, end_s = self.told_s.get(command), self.said_s.get(event)
        return None if begin_s is None or end_s is None else round(end_s - begin_s, 4)

    def first_s(self) -> float | None:
        """Return how long the first capture took after the cameras were told to start."""
        begin_s = self.told_s.get("Arm")
        if begin_s is None or not self.first:
            return None
        return round(self.first[0].host_time_ns / 1e9 - begin_s, 4)


class Witness:
    """Writes down one run."""

    def __init__(
        self,
        launch: Launch,
        clock: Callable[[], float] = steady_s,
        read_memory: ReadMemory = memory_of,
    ) -> None:
        """Stand before `launch`; `clock` is the one that workers of this host read, in seconds."""
        self._launch = launch
        self._clock = clock
        self._read_memory = read_memory
        self._lives: list[_Life] = []

    def launch(self, name: str, post: Post) -> Link:
        """Start a worker whose commands and events are written down."""
        life = _Life(name, self._clock, self._read_memory)
        life.link = link = self._launch(name, _Tap(life, post))
        self._lives.append(life)
        return _HeardLink(life, link)

    def kill(self, name: str) -> None:
        """End a device's process at once, as a crash does."""
        if (link := self._life_of(name).link) is not None:
            link.kill()

    def record(self, settings: DeviceSettings) -> DeviceRecord:
        """Return what was written down of a device."""
        life = self._life_of(settings.name)
        (begin_s, begin), (end_s, end) = (
            (life.memory[0], life.memory[-1]) if life.memory else ((0, 0), (0, 0))
        )
        return DeviceRecord(
            settings=settings,
            open_s=life.between("Open", "Opened"),
            start_s=life.between("Arm", "Armed"),
            first_s=life.first_s(),
            close_s=life.between("Stop", "Exited"),
            exit_code=life.exited.code if life.exited else None,
            controls=life.controls,
            first=tuple(life.first),
            moments=tuple(life.moments),
            memory_begin_bytes=begin or None,
            memory_end_bytes=end or None,
            memory_s=end_s - begin_s,
            lines=tuple(life.lines),
        )

    def _life_of(self, name: str) -> _Life:
        """Return what is known of a device's worker; a second one only tells what the first wrote."""
        unknown = _Life(name, self._clock, self._read_memory)
        return next((life for life in self._lives if life.device == name), unknown)


class _Tap:
    """Where a worker's events go: written down, and then to whoever waits for them."""

    def __init__(self, life: _Life, post: Post) -> None:
        self._life = life
        self._post = post

    def put(self, item: tuple[str, Value]) -> None:
        self._life.hear(item[1])
        self._post.put(item)


class _HeardLink:
    """A way to a worker on which commands are written down."""

    def __init__(self, life: _Life, link: Link) -> None:
        self._life = life
        self._link = link

    def send(self, command: Value) -> None:
        self._life.tell(command)
        self._link.send(command)

    def kill(self) -> None:
        self._link.kill()

    def join(self, timeout_s: float) -> bool:
        return self._link.join(timeout_s)
