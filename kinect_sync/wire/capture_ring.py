"""The newest captures of a device, in a file that both sides map: its worker writes them, anybody reads them.

Nobody waits for anybody, and there is no lock. Captures are numbered from 1 on, and each stands in the place
of its number, which begins with a stamp: that number. A writer that has put one capture clears the stamp of
the place that is next, and only then waits for the capture that goes there. So it is told a period before it
happens that a capture will be overwritten, and there is one place more than the captures that a ring holds.

What a reader may rely on, on any processor, as fences keep each of these steps behind the one before:

- A **view** of the images is what the device gave if `is_intact`, asked after they were used, says so. The
  stamp is cleared before the first byte changes: by a period, where captures come at a camera's pace.
- A **copy** is whole: what is told of it was there before the pixels were copied, and still afterwards. A
  writer puts another capture's number before anything else of that.
- A writer that was killed leaves all that it had put, and of half a capture no stamp tells.
- The file has all its room from the beginning, and is never made shorter. Whoever cuts a mapped file ends the
  programs that look at it, so it stands in a folder that is its user's alone.

A plain file and no `SharedMemory`: before Python 3.13 its tracker removes what belongs to others.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.captures import Capture, Image, as_bytes
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.steady import steady_ns
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.wire.fence import fence
from kinect_sync.wire.ring_layout import (
    LET_GO,
    NEWEST,
    PIXELS,
    Label,
    Published,
    RingHead,
    RingImages,
    Told,
    arrays_in,
    read_text,
    read_told,
    told_of,
    write_told,
)

RING = ".ring"
"""How the names of these files end; before it stands the device's name."""
TRIES = 4
"""How often the newest is copied, where each time a newer one takes its place."""


def ring_name(device: str) -> str:
    """Return the name of the file with a device's newest captures."""
    return f"{device}{RING}"


class RingWriter:
    """The writer's side: one file of fixed size, which is there from the beginning, and has its room."""

    def __init__(
        self,
        path: Path,
        settings: DeviceSettings,
        *,
        captures: int,
        clock_ns: Callable[[], int] = steady_ns,
    ) -> None:
        """Create the file, which must not exist; OSError where it can't be, or where there is no room.

        A file with holes would end the process at the first capture for which the disk has no room.
        """
        self._head = RingHead.of(settings, captures)
        self._clock_ns = clock_ns
        self._number = 0
        self._map = _create(path, self._head.nbytes)
        self._words = memoryview(self._map).cast("Q")
        self._bytes = np.frombuffer(self._map, np.uint8)
        self._head.write(self._map)

    def put(self, capture: Capture, pulse: int | None, hole: HoleReason | None) -> None:
        """Put a capture in the place of the oldest.

        An image for which there is no room, as it is larger than any camera's, is left out: that is a hole.
        """
        self._number += 1
        place = self._head.place_of(self._number)  # its stamp is clear since the one before
        images, is_whole = _fitting(capture, self._head.room)
        hole = hole if is_whole else hole or HoleReason.HALF_CAPTURE
        told = told_of(self._number, pulse, hole, (self._clock_ns(), capture.host_time_ns), images)
        write_told(self._map, place, told)
        at = place + PIXELS
        for image in images:
            if image is not None:
                self._bytes[at : at + image.nbytes] = as_bytes(image)  # other threads go on meanwhile
                at += image.nbytes
        fence()
        self._words[place // 8] = self._words[NEWEST] = self._number
        self._clear(self._number + 1)

    def leave_out(self) -> None:
        """Count a capture that is not put here: whoever reads sees that one is missing."""
        self._number += 1
        self._clear(self._number + 1)

    def has_room(self, waiting: int = 0) -> bool:
        """Tell whether the next capture, after `waiting` others, overwrites only what its reader let go of.

        Asked where captures wait for their reader, as in a recording that is played fast.
        """
        return self._number + waiting + 1 - self._head.captures <= self._words[LET_GO]

    def close(self) -> None:
        """Let go of the file, which stays as it is; harmless when closed."""
        self._words.release()
        self._bytes = np.empty(0, np.uint8)
        self._map.close()

    def _clear(self, number: int) -> None:
        """Clear the stamp of the place that a number will have."""
        self._words[self._head.place_of(number) // 8] = 0


class RingReader:
    """The reader's side. It may come before the writer, and stay after it; what it gives may outlive it."""

    def __init__(self, path: Path) -> None:
        """Name the file, which need not be there yet: until it is, there is nothing in it."""
        self._path = path
        self._mapped: _Mapped | None = None
        self._closed = False
        self.failure: OSError | None = None
        """Why the file, which is there, can't be mapped, as last tried: the system allows no more of them."""

    @property
    def settings(self) -> DeviceSettings | None:
        """What the device was started with; None where there is no ring yet."""
        return mapped.head.settings if (mapped := self._map()) else None

    @property
    def captures(self) -> int:
        """How many the ring holds; 0 where there is none yet."""
        return mapped.head.captures if (mapped := self._map()) else 0

    @property
    def newest(self) -> int:
        """The number of the newest capture; 0 for none."""
        return mapped.words[NEWEST] if (mapped := self._map()) else 0

    @property
    def overwritten(self) -> int:
        """The number up to which captures gave way to newer ones, or were left out; 0 for none."""
        return max(0, self.newest - self.captures)

    def label(self, number: int) -> Label | None:
        """Return a capture's label; None where it was overwritten, left out, or is not there yet."""
        mapped = self._map()
        told = mapped.told(number) if mapped and self.is_intact(number) else None
        return told.label if told is not None and self.is_intact(number) else None

    def view(self, number: int) -> RingImages | None:
        """Return the images where they are, not copied: ask `is_intact` after they were used.

        None where they were overwritten, left out, or are not there yet. The arrays are read-only, and are
        memory that one may look at also after `close`.
        """
        mapped = self._map()
        images = mapped.view(number) if mapped and self.is_intact(number) else None
        return images if self.is_intact(number) else None

    def is_intact(self, number: int) -> bool:
        """Tell whether nothing of a capture was overwritten until now."""
        mapped = self._map()
        return mapped is not None and number > 0 and mapped.has_stamp(number)

    def copy(self, number: int) -> Published | None:
        """Return a copy that is whole; None where there is none, as it was overwritten, perhaps meanwhile.

        A capture that is about to be overwritten, and is not yet, can be copied.
        """
        mapped = self._map()
        return mapped.copy(number) if mapped and 0 < number <= self.newest else None

    def copy_newest(self, after: int = 0) -> Published | None:
        """Return a copy of the newest; None where none is whole that has a number above `after`."""
        for _ in range(TRIES):
            newest = self.newest
            for number in range(newest, max(after, newest - 2), -1):
                if (found := self.copy(number)) is not None:
                    return found
        return None

    def let_go(self, number: int) -> None:
        """Allow all captures up to this number to be overwritten: it matters where captures wait for that.

        It is never taken back: who lets go of more than there will ever be frees the writer for good.
        """
        if (mapped := self._map()) is not None:
            try:
                mapped.let_go(number)
            except FileNotFoundError:  # its writer is gone, and waits no more
                pass
            except OSError as error:
                self.failure = error

    def close(self) -> None:
        """Let go of the file; harmless when closed. What was given of it stays."""
        self._closed = True
        if self._mapped is not None:
            self._mapped.close()
            self._mapped = None

    def _map(self) -> _Mapped | None:
        if self._mapped is None and not self._closed:
            try:
                self._mapped, self.failure = _Mapped(self._path), None
            except (FileNotFoundError, ValueError):  # it may still come
                self.failure = None
            except OSError as error:
                self.failure = error
        return self._mapped


class _Mapped:
    """A file as a reader maps it."""

    def __init__(self, path: Path) -> None:
        """Map a file; OSError where there is none, ValueError where it is none of these, or not made yet."""
        self._path = path
        with path.open("rb") as stream:
            self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self.head = RingHead.read(self._map)
        except ValueError:
            self._map.close()
            raise
        self.words = memoryview(self._map).cast("Q")
        self._bytes = np.frombuffer(self._map, np.uint8)
        self._control: mmap.mmap | None = None

    def close(self) -> None:
        self.words.release()
        self._bytes = np.empty(0, np.uint8)
        if self._control is not None:
            self._control.close()
        with suppress(BufferError):  # somebody has a view; the memory goes with the last of them
            self._map.close()

    def has_stamp(self, number: int) -> bool:
        """Tell whether a capture has its stamp: between what was read before and what is read after."""
        fence()
        stamp = self.words[self.head.place_of(number) // 8]
        fence()
        return stamp == number

    def told(self, number: int) -> Told | None:
        """Copy what is told of a capture; None where its place tells of another."""
        told = read_told(self._map, self.head.place_of(number))
        return told if told is not None and told.label.number == number else None

    def view(self, number: int) -> RingImages | None:
        told = self.told(number)
        with suppress(ValueError):  # it was overtaken, or somebody else wrote it
            if told is not None:
                depth, ir, color = arrays_in(self._pixels(number, self.head.room), told.images)
                return RingImages(color, depth, ir)
        return None

    def copy(self, number: int) -> Published | None:
        """Copy a capture and see that the copy is whole: what is mapped may change while one looks."""
        fence()  # its number was read, so that it was put
        told = self.told(number)
        if told is None or told.label.nbytes > self.head.room:
            return None
        fence()
        pixels = self._pixels(number, told.label.nbytes).copy()
        pixels.flags.writeable = False
        fence()
        if read_text(self._map, self.head.place_of(number)) != told.text:
            return None
        try:
            arrays = list(arrays_in(pixels, told.images))
        except ValueError:  # somebody else wrote it
            return None
        depth, ir, color = (each.image(array) for each, array in zip(told.images, arrays, strict=True))
        capture = Capture(color, depth, ir, told.label.host_time_ns)
        return Published(told.label, capture, self.head.settings)

    def _pixels(self, number: int, nbytes: int) -> NDArray[np.uint8]:
        start = self.head.place_of(number) + PIXELS
        return self._bytes[start : start + nbytes]

    def let_go(self, number: int) -> None:
        if self._control is None:
            with self._path.open("r+b") as stream:
                self._control = mmap.mmap(stream.fileno(), mmap.PAGESIZE)
        fence()  # whoever lets go has read it
        with memoryview(self._control) as head, head.cast("Q") as words:
            words[LET_GO] = max(words[LET_GO], number)


def _fitting(capture: Capture, room: int) -> tuple[list[Image | None], bool]:
    """Return depth, IR and color as far as there is room, and whether that is all of them."""
    fitting: list[Image | None] = []
    for image in (capture.depth, capture.ir, capture.color):
        fits = image is not None and image.nbytes <= room
        room -= image.nbytes if image is not None and fits else 0
        fitting.append(image if fits else None)
    return fitting, sum(image is not None for image in fitting) == len(capture.images)


def _create(path: Path, nbytes: int) -> mmap.mmap:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, nbytes)
        else:  # Windows takes the room with the size
            os.ftruncate(descriptor, nbytes)
        return mmap.mmap(descriptor, nbytes)
    except OSError:
        with suppress(OSError):  # what there was of room is others' again
            path.unlink()
        raise
    finally:
        os.close(descriptor)
