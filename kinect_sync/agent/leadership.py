"""Who commands a host: one director at a time, as long as it says that it is there."""

from __future__ import annotations

from collections.abc import Callable

from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import DIRECTOR_OUTDATED, HOST_IN_USE
from kinect_sync.steady import steady_s
from kinect_sync.wire.hosts import LEASE_S, Lease


class Leadership:
    """The lease of one host."""

    def __init__(self, last: Lease | None, clock: Callable[[], float] = steady_s) -> None:
        """Begin with who commanded last, of whom nothing was heard yet."""
        self.last = last
        """Who commands, or did last."""
        self._clock = clock
        self._until_s: float | None = None

    @property
    def epoch(self) -> int:
        """The greatest epoch that was obeyed."""
        return self.last.epoch if self.last is not None else 0

    @property
    def lease(self) -> Lease | None:
        """Who commands now."""
        return self.last if self._until_s is not None and self._clock() < self._until_s else None

    def objections(self, lease: Lease) -> tuple[Finding, ...]:
        """Say why a director may not command now; nothing where it may."""
        holder = self.lease
        if self.last is not None and (lease.run, lease.epoch) == (self.last.run, self.last.epoch):
            return ()
        if holder is not None:
            return (HOST_IN_USE.found(f"{holder.director} commands this host"),)
        if self.last is not None and lease.epoch <= self.epoch:
            return (DIRECTOR_OUTDATED.found(f"{self.last.director} has commanded this host since"),)
        return ()

    def take(self, lease: Lease) -> None:
        """Let a director command, or go on commanding, from now on."""
        self.last, self._until_s = lease, self._clock() + LEASE_S

    def give_back(self) -> None:
        """Let nobody command."""
        self._until_s = None

    def expire(self) -> bool:
        """Tell, once, that whoever commanded has not been heard for too long."""
        if self._until_s is None or self.lease is not None:
            return False
        self._until_s = None
        return True
