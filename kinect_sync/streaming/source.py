"""Where the newest captures of one device are read: a ring in memory, or what another host sends of one."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kinect_sync.wire.ring_layout import Label, Published


class Images(Protocol):
    """The images of a capture; one that came packed raises ValueError where it is found to be none."""

    @property
    def color(self) -> NDArray[np.uint8] | None:
        """Bytes as the camera gave them."""
        ...

    @property
    def depth(self) -> NDArray[np.uint16] | None:
        """(height, width), in mm."""
        ...

    @property
    def ir(self) -> NDArray[np.uint16] | None:
        """(height, width)."""
        ...


class CaptureSource(Protocol):
    """The newest captures of one device, numbered from 1 on; whoever gives them goes on, whoever reads."""

    @property
    def captures(self) -> int:
        """How many are there at any time; 0 where there are none yet."""
        ...

    @property
    def newest(self) -> int:
        """The number of the newest capture; 0 for none."""
        ...

    @property
    def overwritten(self) -> int:
        """The number up to which captures that were here gave way to newer ones; 0 for none."""
        ...

    def label(self, number: int) -> Label | None:
        """Return what is told of a capture; None where it was overwritten, left out, or is not there yet.

        `published_ns` is on the steady clock of this host: when it could be read here.
        """
        ...

    def view(self, number: int) -> Images | None:
        """Return the images where they are, read-only; None as for `label`."""
        ...

    def is_intact(self, number: int) -> bool:
        """Tell whether nothing of a capture was overwritten until now."""
        ...

    def copy(self, number: int) -> Published | None:
        """Return a copy that is whole; None where there is none, as it was overwritten, perhaps meanwhile.

        ValueError where it came packed, and is none.
        """
        ...

    def let_go(self, number: int) -> None:
        """Allow all captures up to this number to be overwritten: it matters where captures wait for that."""
        ...

    def close(self) -> None:
        """Let go of it; harmless when closed."""
        ...
