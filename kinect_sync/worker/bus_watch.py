"""Whether a device that has fallen silent is still connected: the SDK tells of nothing but timeouts."""

from __future__ import annotations

from collections.abc import Callable, Collection

from kinect_sync.wire.messages import OnBus


class BusWatch:
    """Looks for one open device: by its serial number on the bus, or else by counting devices."""

    def __init__(
        self, serial: str, serials: Callable[[], Collection[str]], count: Callable[[], int | None]
    ) -> None:
        """Note how the bus looks while the device is surely there: not every system tells serial numbers."""
        self._serial = serial
        self._serials = serials
        self._count = count
        self._was_listed = serial in serials()
        self._were = count()

    def look(self) -> OnBus:
        """Look for it now; the SDK is asked only where the bus tells no serial numbers."""
        if self._was_listed:
            return OnBus(listed=self._serial in self._serials(), missing=0)
        now = self._count()
        known = self._were is not None and now is not None
        return OnBus(listed=None, missing=max(0, (self._were or 0) - (now or 0)) if known else 0)
