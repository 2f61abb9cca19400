"""The director's end of one worker on another host: what it is told is numbered, and what it says is whole.

Events come over a network that may fail, and may then be told again. Each is passed on once, in order and
without a gap, so that nobody else has to know of that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from kinect_sync.director.link import Post
from kinect_sync.findings import Finding
from kinect_sync.values import Value
from kinect_sync.wire.hosts import End, Heard, Request, Tell
from kinect_sync.wire.messages import CutOff, Exited, Failed, Healed, ReadClock, Ready

MOST_EARLY = 1024
"""Events that may wait for those before them."""

Put = Callable[[Request], None]
"""Takes what the host is to be asked, in order; returns at once."""


class RemoteLink:
    """A way to one worker on another host."""

    def __init__(
        self, name: str, worker: str, host: str, post: Post, put: Put, wake: Callable[[], None]
    ) -> None:
        """Speak with `worker`, launched for the device `name`; its events go to `post`.

        `wake` lets whoever sends what is `put` look at what there is to do.
        """
        self.name = name
        self.worker = worker
        self.launched = False
        """Whether its host knows it."""
        self.wants_clock = False
        """Whether the clock of its host is to be read."""
        self._host = host
        self._post = post
        self._put = put
        self._wake = wake
        self._lock = threading.Lock()
        self._left = threading.Event()
        self._tells: list[Tell] = []
        self._taken_to = 0
        self._heard_to = 0
        self._early: dict[int, Value] = {}
        self._cut_off = False
        self._due_to: int | None = None
        self._healed: Healed | None = None

    # --- the director's side --------------------------------------------------------------------------

    def send(self, command: Value) -> None:
        """Send a command, when the host can be reached; nothing happens when the worker has gone."""
        if isinstance(command, ReadClock):
            self.wants_clock = True
            self._wake()
        elif not self.has_left:
            told = {"worker": self.worker, "number": len(self._tells) + 1, "command": command}
            self._tells.append(Tell.model_validate(told))
            self._put(self._tells[-1])

    def kill(self) -> None:
        """End the worker at once, if it still runs."""
        if not self.has_left:
            self._put(End(worker=self.worker))

    def join(self, timeout_s: float) -> bool:
        """Wait for the worker to leave; False when it has not."""
        return self._left.wait(timeout_s)

    # --- the host's side ------------------------------------------------------------------------------

    @property
    def has_left(self) -> bool:
        """Whether its end was told."""
        return self._left.is_set()

    @property
    def heard_to(self) -> int:
        """The number of the last event that was passed on."""
        return self._heard_to

    @property
    def waiting(self) -> int:
        """How many events came of which one before them did not."""
        return len(self._early)

    @property
    def unsettled(self) -> Healed | None:
        """What is told when all is heard, while it is not known yet how much that is."""
        return self._healed if self._due_to is None else None

    def taken(self, request: Tell) -> None:
        """Learn that the host has taken a command."""
        self._taken_to = max(self._taken_to, request.number)

    def lost_after(self, told: int) -> list[Tell]:
        """Return what the host had taken after a command, and has lost with its agent: it is told again."""
        lost = self._tells[max(told, 0) : self._taken_to]
        self._taken_to -= len(lost)
        return lost

    def hear(self, heard: Heard) -> None:
        """Take an event: pass it on, keep it until what comes before it is there, or drop it as known.

        It is dropped as well where too many wait already: it is asked for again.
        """
        with self._lock:
            if heard.number is None:
                self._pass_on(heard.event)
            elif heard.number == self._heard_to + 1 or (
                heard.number > self._heard_to and len(self._early) < MOST_EARLY
            ):
                self._early[heard.number] = heard.event
            self._pass_on_whole()

    def cut_off(self, event: CutOff) -> None:
        """Tell that the host can't be reached."""
        with self._lock:
            self._due_to = self._healed = None
            if not self._cut_off:
                self._cut_off = True
                self._pass_on(event)

    def heal(self, event: Healed, number: int | None) -> None:
        """Tell that the host is back, as soon as all up to an event is told; None where nobody knows yet."""
        with self._lock:
            self._healed = event
            self._due_to = None if number is None else max(number, *self._early, 0)
            self._pass_on_whole()

    def refuse(self, *findings: Finding) -> None:
        """Tell that the worker could not be started."""
        with self._lock:
            self._pass_on(Failed(findings=findings))
            self._pass_on(Exited(code=None))

    def vanish(self) -> None:
        """Tell that its host knows nothing of it any more: it was started again."""
        with self._lock:
            self._pass_on(Exited(code=None, last_words=("its host knows nothing of it any more",)))

    def _pass_on_whole(self) -> None:
        """Pass on what is there without a gap, and that the host is back when all of it is told.

        The worker's end is the last that can be told: that the host is back comes before it.
        """
        while (event := self._early.get(self._heard_to + 1)) is not None:
            if isinstance(event, Exited) and self._cut_off:
                if self._healed is None:
                    return
                self._tell_healed(self._healed)
            del self._early[self._heard_to + 1]
            self._heard_to += 1
            self._pass_on(event)
        if self._healed is not None and self._due_to is not None and self._heard_to >= self._due_to:
            self._tell_healed(self._healed)

    def _tell_healed(self, event: Healed) -> None:
        self._pass_on(event)
        self._cut_off, self._healed, self._due_to = False, None, None

    def _pass_on(self, event: Value) -> None:
        if self.has_left:
            return
        if isinstance(event, Ready):  # of the studio's name for the host, and of none that it gives itself
            host = event.host.model_copy(update={"name": self._host})
            event = event.model_copy(update={"host": host, "place": self._host})
        self._post.put((self.name, event))
        if isinstance(event, Exited):
            self._left.set()
