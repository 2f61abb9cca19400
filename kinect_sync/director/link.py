"""The director's end of one worker: a process, its commands and its events."""

from __future__ import annotations

import errno
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from kinect_sync.director.talk import Talk
from kinect_sync.values import Value
from kinect_sync.wire.messages import END_OF_TALK, Exited, Failed, Said, as_line, read_event

LONGEST_LINE = 4096
"""Bytes of stderr that are taken as one line."""
HEAR_OUT_S = 1.0
"""How long a worker's failure waits for the lines that were printed before it."""
NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""With `start_new_session` elsewhere: Ctrl-C is for the director, which ends the take at one pulse."""


Inbox = queue.Queue[tuple[str, Value]]
"""Events of all workers, each with the device's name."""


class Post(Protocol):
    """Where a worker's events go."""

    def put(self, item: tuple[str, Value]) -> None:
        """Take one event, with the device's name."""
        ...


class Link(Protocol):
    """A way to one worker, wherever it runs."""

    def send(self, command: Value) -> None:
        """Send a command; nothing happens when the worker has gone."""
        ...

    def kill(self) -> None:
        """End the worker at once, if it still runs."""
        ...

    def join(self, timeout_s: float) -> bool:
        """Wait for the worker to leave; False when it has not."""
        ...


Launch = Callable[[str, Post], Link]
"""Starts a worker for a device, by name, and says where its events go."""


class ProcessLink:
    """A worker as a child process, spoken to over its stdin and stdout.

    Pipes need nothing from the platform, and they end when either side dies: that is how a worker
    learns that it is alone.
    """

    def __init__(
        self, name: str, command: Sequence[str], post: Post, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start `command` and give its events to `post` under `name`."""
        self._name = name
        self._post = post
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if environment is None else dict(environment),
            start_new_session=True,
            creationflags=NEW_GROUP,
        )
        self._talk = Talk()
        self._heard_out = threading.Event()
        self._talking = threading.Thread(target=self._read_talk, name=f"{name}-stderr", daemon=True)
        self._events = threading.Thread(target=self._read_events, name=f"{name}-events", daemon=True)
        try:
            self._talking.start()
            self._events.start()
        except RuntimeError as error:  # no more threads: what nobody listens to must not go on
            self._process.kill()
            raise OSError(errno.EAGAIN, "no thread can be started for a worker") from error

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def send(self, command: Value) -> None:
        """Send a command; nothing happens when the worker has gone: `Exited` tells the director."""
        send_line(self._process, command)

    def kill(self) -> None:
        """End the worker at once, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()

    def join(self, timeout_s: float) -> bool:
        """Wait for the worker to leave; False when it has not."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        self._events.join(timeout_s)
        self._close_pipes()
        return True

    def _close_pipes(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue

    def _read_events(self) -> None:
        stream = self._process.stdout
        if stream is not None:
            for line in stream:
                try:
                    event = read_event(line)
                except ValueError:
                    self._talk.take(line.decode(errors="replace").rstrip())
                    continue
                if isinstance(event, Failed):
                    self._hear_out()
                self._post.put((self._name, event))
        self._process.wait()
        self._talking.join(1.0)
        self._post.put((self._name, Exited(code=self._process.returncode, last_words=self._talk.last_words)))

    def _read_talk(self) -> None:
        stream = self._process.stderr
        if stream is not None:
            for line in iter(lambda: stream.readline(LONGEST_LINE), b""):
                self._take_talk(line.decode(errors="replace").rstrip())
        self._heard_out.set()

    def _take_talk(self, line: str) -> None:
        if line == END_OF_TALK:
            self._heard_out.set()
            return
        if text := self._talk.take(line):
            self._post.put((self._name, Said(text=text)))

    def _hear_out(self) -> None:
        """Wait for what the SDK said before the worker failed, which comes another way and says why."""
        self._heard_out.wait(HEAR_OUT_S)
        self._heard_out.clear()


def send_line(process: subprocess.Popen[bytes], message: Value) -> None:
    """Say something to a process, over its stdin; nothing happens when it has gone: others tell that."""
    stream = process.stdin
    if stream is not None and not stream.closed:
        with suppress(OSError):
            stream.write(as_line(message))
            stream.flush()
