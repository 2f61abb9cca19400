"""A worker that serves in a thread of the test, over pipes, and the bench that it is given."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from kinect_sync.captures import Capture, ImuSample
from kinect_sync.devices.port import LIVE, Discovered
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.values import Value
from kinect_sync.wire.messages import as_line, read_event
from kinect_sync.worker.serving import serve
from kinect_sync.worker.site import Site

PATIENCE_S = 60.0
EventT = TypeVar("EventT", bound=Value)


class ScriptedKinect:
    """A device that gives what is put into `coming`, and keeps a journal of what is asked of it."""

    def __init__(self, settings: DeviceSettings) -> None:
        self.pace = LIVE
        self.serial = settings.serial
        self.coming: queue.Queue[Capture | Exception] = queue.Queue()
        self.journal: list[str] = []
        self.hanging = threading.Event()
        """Set, a call for a capture does not return."""
        self.hung = threading.Event()
        """Set when there is such a call."""
        self.released = threading.Event()
        """Set, it does after all: when the test is over."""

    def firmware(self) -> Firmware:
        return Firmware(color="1.6.110", depth="1.6.80", audio="1.6.14")

    def jacks(self) -> Jacks:
        return Jacks(sync_in=False, sync_out=False)

    def calibration(self) -> None:
        return None

    def set_controls(self, settings: DeviceSettings) -> Controls:
        self.journal.append("set controls")
        return Controls(exposure_us=8330, powerline_hz=60, gain=128, white_balance_k=None)

    def start(self, settings: DeviceSettings) -> None:
        self.journal.append("start")

    def get_capture(self, timeout_ms: int) -> Capture | None:
        if self.hanging.is_set():
            self.hung.set()
            self.released.wait(PATIENCE_S)
        try:
            came = self.coming.get(timeout=timeout_ms / 1000)
        except queue.Empty:
            return None
        if isinstance(came, Exception):
            raise came
        return came

    def get_imu_samples(self) -> Sequence[ImuSample]:
        return ()

    def stop(self) -> None:
        self.journal.append("stop")

    def close(self) -> None:
        self.journal.append("close")


class ScriptedBench:
    """A bench with one device on it."""

    def __init__(self, settings: DeviceSettings) -> None:
        self.device = ScriptedKinect(settings)
        self.fails: Exception | None = None
        self.closed = False
        self.connected = 1
        self.counting = threading.Event()
        """Cleared, counting devices does not return."""
        self.counting.set()

    def discover(self) -> Sequence[Discovered]:
        if self.fails is not None:
            raise self.fails
        return (Discovered(index=0, serial=self.device.serial),)

    def count(self) -> int:
        self.counting.wait(PATIENCE_S)
        return self.connected

    def claim(self, index: int) -> Discovered | None:
        self.device.journal.append(f"claim {index}")
        return Discovered(index=index, serial=self.device.serial) if index == 0 else None

    def release(self, index: int) -> None:
        self.device.journal.append(f"release {index}")

    def look(self) -> Sequence[Discovered]:
        return self.discover()

    def open(self, settings: DeviceSettings, index: int | None = None) -> ScriptedKinect:
        self.device.journal.append(f"open at {index}")
        return self.device

    def close(self) -> None:
        self.closed = True


class Served:
    """The director's side of a worker that serves."""

    def __init__(
        self, bench: ScriptedBench, takes: Path | None = None, published: Path | None = None
    ) -> None:
        self.bench = bench
        self.ended_with: list[int] = []
        """Exit codes with which it would have ended its process."""
        commands, self._commands = _pipe()
        self._events, events = _pipe()
        arguments: Any = (
            lambda: bench,
            commands,
            events,
            Site(takes, published=published),
            self.ended_with.append,
        )
        self._pipes = (commands, events, self._commands, self._events)
        self._worker = threading.Thread(target=serve, args=arguments, daemon=True)
        self._worker.start()

    def send(self, *commands: Value) -> None:
        self.send_line(b"".join(map(as_line, commands)))

    def send_line(self, line: bytes) -> None:
        self._commands.write(line)
        self._commands.flush()

    def hear(self) -> Value:
        """The next event."""
        return read_event(self._events.readline())

    def hear_of(self, kind: type[EventT]) -> EventT:
        """The next event of a kind; what is said before is passed over."""
        while not isinstance(event := self.hear(), kind):
            continue
        return event

    def go(self) -> None:
        """Be gone, as a director that dies."""
        self._commands.close()

    def stop_listening(self) -> None:
        """Let what the worker says end nowhere."""
        self._events.close()

    def wait(self) -> None:
        """Wait until the worker has left."""
        self._worker.join(PATIENCE_S)
        assert not self._worker.is_alive()

    def last_words(self) -> list[Value]:
        """All that it said and nobody heard, when it has left."""
        self._pipes[1].close()
        return [read_event(line) for line in self._events]

    def close(self) -> None:
        self.bench.device.released.set()
        self.bench.counting.set()
        self._commands.close()
        self.wait()
        for pipe in self._pipes:
            with suppress(BrokenPipeError):  # where nobody listened
                pipe.close()


def _pipe() -> tuple[Any, Any]:
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb"), os.fdopen(writer, "wb")
