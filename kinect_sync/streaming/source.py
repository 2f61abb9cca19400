"""Where the newest captures of one device are read: a ring in memory, or what another host sends of one."""

from __future__ import annotations

from typing import Protocol

from kinect_sync.wire.ring_layout import Label, Published, RingImages


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

    def label(self, number: int) -> Label | None:
        """Return what is told of a capture; None where it was overwritten, left out, or is not there yet.

        `published_ns` is on the steady clock of this host: when it could be read here.
        """
        ...

    def view(self, number: int) -> RingImages | None:
        """Return the images where they are, read-only; None as for `label`."""
        ...

    def is_intact(self, number: int) -> bool:
        """Tell whether nothing of a capture was overwritten until now."""
        ...

    def copy(self, number: int) -> Published | None:
        """Return a copy that is whole; None where there is none, as it was overwritten, perhaps meanwhile."""
        ...

    def let_go(self, number: int) -> None:
        """Allow all captures up to this number to be overwritten: it matters where captures wait for that."""
        ...

    def close(self) -> None:
        """Let go of it; harmless when closed."""
        ...
