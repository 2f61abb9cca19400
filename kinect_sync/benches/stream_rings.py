"""Where the captures of a stream come from: rings in this computer's memory, and what other hosts send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.distant_rings import DistantRings
from kinect_sync.benches.reaching import ReachHosts
from kinect_sync.benches.wanted import Played
from kinect_sync.benches.workplaces import needed_hosts
from kinect_sync.findings import Finding
from kinect_sync.findings.streaming import STREAM_RING_UNMAPPED
from kinect_sync.streaming.distant_captures import DistantCaptures
from kinect_sync.wire.capture_ring import RingReader, ring_name
from kinect_sync.wire.direction import Began, StreamedDevice


class StreamRings:
    """The captures of each device of a stream, wherever it is connected."""

    def __init__(self, order: StreamOrder, patience_s: float, reach: Callable[[Path], ReachHosts]) -> None:
        """Dial the other hosts of the rig while it starts, if there are any."""
        hosts = () if isinstance(order.bench, Played) else needed_hosts(order.plan.rig)
        self._distant = DistantRings(hosts, order.ring, patience_s, reach(order.studio))
        self.sources: dict[str, RingReader | DistantCaptures] = {}
        """By device; none before the run has begun."""

    def open(self, began: Began) -> None:
        """Read the rings of a run that has begun; they need not be there yet."""
        self._distant.bring(began.devices)
        self.sources = {each.name: self._source(each, began.folder) for each in began.devices}

    def _source(self, device: StreamedDevice, folder: Path) -> RingReader | DistantCaptures:
        distant = self._distant.sources.get(device.name)
        return RingReader(folder / ring_name(device.name)) if distant is None else distant

    @property
    def missing(self) -> tuple[str, ...]:
        """The devices whose rings are not there, or not yet."""
        return tuple(name for name, ring in self.sources.items() if not ring.captures)

    @property
    def unmapped(self) -> tuple[Finding, ...]:
        """Tell of the rings that the system does not let this process map."""
        rings = {name: ring.failure for name, ring in self.sources.items() if isinstance(ring, RingReader)}
        return tuple(
            STREAM_RING_UNMAPPED.found(f"its ring can't be mapped: {error.strerror or error}", device=name)
            for name, error in rings.items()
            if error is not None
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found here."""
        return (*self._distant.findings, *self.unmapped)

    # --- what other hosts still send ------------------------------------------------------------------

    def when_here(self, device: str, tell: Callable[[], None]) -> None:
        """Tell of a device when all that it captured is here: from another host it comes somewhat later."""
        self._distant.when_here(device, tell)

    def drain(self) -> None:
        """Bring what there is still, as nothing more will come."""
        self._distant.drain()

    @property
    def is_drained(self) -> bool:
        """Whether all is here that ever will be."""
        return self._distant.is_drained

    def close(self) -> None:
        """Ask no host any more; harmless when closed."""
        self._distant.close()
