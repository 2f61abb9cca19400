"""Copies that a program keeps of live images: bounded, as memory that runs out ends more than the program."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from typing import Any

from numpy import ndarray
from numpy.typing import NDArray

from kinect_sync.captures import Image
from kinect_sync.wire.ring_layout import Published, RingImages

MOST_HELD_BYTES = 1 << 30
"""What a program may hold where it says nothing else: two seconds of nine devices of 720p and NFOV."""


class HeldBytes:
    """How much a program holds: memory counts until the last array that looks at it is gone.

    For any number of threads. Whoever collects garbage tells of it in any of them, and so waits for no lock.
    """

    def __init__(self, most: int = MOST_HELD_BYTES) -> None:
        """Allow so many bytes at a time."""
        self.most = most
        self._held = 0
        self._freed: deque[int] = deque()
        self._counting = threading.Lock()

    @property
    def held(self) -> int:
        """How much is held now."""
        with self._counting:
            while self._freed:
                self._held -= self._freed.popleft()
            return self._held

    def __reduce__(self) -> tuple[type[HeldBytes], tuple[int]]:
        """Go to another process, where nothing is held yet."""
        return HeldBytes, (self.most,)

    def has_room(self, nbytes: int) -> bool:
        """Tell whether so much more may be held."""
        return self.held + nbytes <= self.most

    def count(self, array: NDArray[Any]) -> None:
        """Count the memory that an array has of its own, as long as anybody looks at it."""
        with self._counting:
            self._held += array.nbytes
        weakref.finalize(array, self._freed.append, array.nbytes).atexit = False


def held_images(copied: Published, held: HeldBytes) -> RingImages:
    """Return the images of a copy, read-only and counted."""
    images = (copied.capture.color, copied.capture.depth, copied.capture.ir)
    owners = {id(owner): owner for owner in (_owner(each.data) for each in images if each is not None)}
    for owner in owners.values():
        held.count(owner)
    return RingImages(*map(_read_only, images))


def _read_only(image: Image | None) -> NDArray[Any] | None:
    if image is None:
        return None
    array = image.data.view()
    array.flags.writeable = False
    return array


def _owner(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array that keeps the memory: NumPy lets each view of it hold on to that one."""
    while isinstance(array.base, ndarray):
        array = array.base
    return array
