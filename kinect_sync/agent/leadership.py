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
        """Begin with the last director, of whom nothing was heard yet."""
        self.last = last
        """The director with the greatest epoch that was obeyed."""
        self._holder = last
        self._clock = clock
        self._until_s: float | None = None

    @property
    def epoch(self) -> int:
        """The greatest epoch that was obeyed."""
        return self.last.epoch if self.last is not None else 0

    @property
    def lease(self) -> Lease | None:
        """Who commands now."""
        return self._holder if self._until_s is not None and self._clock() < self._until_s else None

    def objections(self, lease: Lease, *, known: bool) -> tuple[Finding, ...]:
        """Say why somebody may not command now; nothing where it may.

        A run of which workers are `known` here is never outdated: it has still to hear them.
        """
        holder = self.lease
        if holder is not None and holder.run != lease.run:
            return (HOST_IN_USE.found(f"{holder.director} {_does(holder)} this host"),)
        if holder is not None or self.last is None or lease.looks or known or lease.run == self.last.run:
            return ()
        if lease.epoch <= self.epoch:
            return (DIRECTOR_OUTDATED.found(f"{self.last.director} has commanded this host since"),)
        return ()

    def take(self, lease: Lease) -> None:
        """Let somebody command, or go on commanding, from now on."""
        self._holder, self._until_s = lease, self._clock() + LEASE_S
        if lease.epoch > self.epoch:
            self.last = lease

    def await_last(self) -> None:
        """Keep the command for the last director: its workers run, and it may be about to come back."""
        if self.last is not None:
            self.take(self.last)

    def give_back(self) -> None:
        """Let nobody command."""
        self._until_s = None

    def expire(self) -> Lease | None:
        """Tell, once, who commanded and has not been heard for too long."""
        if self._until_s is None or self.lease is not None:
            return None
        self._until_s = None
        return self._holder


def _does(holder: Lease) -> str:
    return "looks at" if holder.looks else "commands"
