"""The search for places of lasers on the grid of delays, so that none fires into another.

A set of positions is one Python integer, a bit per step of the grid. What one placed laser forbids to
another is a mask computed once from their pulses and shifted to the place, so that a placement costs a few
operations on integers of some thousand bits, whatever the patterns, wraps and holes between pulses.

The search is complete: where a solution exists, one exists in which every laser is as early as its
neighbours let it be (move any set of lasers that nothing holds back a step earlier, until nothing moves).
So it is enough to try, for each laser, the positions just after a forbidden one, in every order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kinect_sync.timing.lasers.check import Laser, LaserPattern


@dataclass(frozen=True, slots=True)
class Grid:
    """The delays that a device can keep: 0 to `last` steps, in a period that is a circle."""

    step: int
    """Units from one delay to the next: a 90 kHz tick, or a microsecond on a Femto."""
    last: int
    period: int
    """In units."""

    def up_to(self, position: int) -> int:
        """Return the positions from 0 to this one as a mask."""
        return (1 << min(position, self.last) + 1) - 1


class Seeker(NamedTuple):
    """A laser that looks for a place."""

    pattern: LaserPattern
    domain: int
    """The positions that it may take, as a mask."""
    wish: int | None = None
    """The position that it should be near, where not simply early."""


class Placement(NamedTuple):
    """What a search found: positions, or nothing, and whether nothing means that there is nothing."""

    positions: tuple[int, ...] | None
    complete: bool
    """False where the search was given up; then another solution may exist."""


class LaserSearch:
    """Places for some lasers that look for one, beside others that stand."""

    def __init__(
        self,
        grid: Grid,
        seekers: Sequence[Seeker],
        neighbours: Sequence[frozenset[int]],
        standing: Sequence[tuple[Laser, frozenset[int]]] = (),
    ) -> None:
        """Take the seekers, whom of the others each may not meet, and the lasers that stand with theirs."""
        self._grid = grid
        self._seekers = seekers
        self._neighbours = neighbours
        self._standing = standing
        self._masks: dict[tuple[LaserPattern, LaserPattern], int] = {}

    def find(self, gap: int, effort: int, order: Sequence[int] | None = None) -> Placement:
        """Look for places that leave `gap` units between any two pulses, for at most `effort` placements.

        Seekers are tried in `order` first, each at its earliest place, or at the one nearest to its wish.
        """
        self._gap, self._effort, self._seen = gap, effort, set[tuple[tuple[int, int], ...]]()
        self._masks.clear()
        domains = self._domains()
        if not all(domains):
            return Placement(None, complete=True)
        self._twin = self._twins(domains)
        ordered = {index: domains[index] for index in order or range(len(domains))}
        found = self._descend(ordered, ())
        if found is None:
            return Placement(None, complete=self._effort > 0)
        return Placement(self._in_order_of_twins(found), complete=True)

    def _domains(self) -> list[int]:
        """Return what the standing lasers leave to each seeker."""
        domains = [seeker.domain for seeker in self._seekers]
        for laser, others in self._standing:
            for index in others:
                pattern = self._seekers[index].pattern
                steps = range(self._grid.last + 1)
                domains[index] &= ~_blocked(
                    self._grid, self._gap, laser.pattern, pattern, steps, laser.centre
                )
        return domains

    def _descend(self, domains: dict[int, int], taken: tuple[tuple[int, int], ...]) -> dict[int, int] | None:
        """Place one more laser and go on; None when no place leads to a solution, or effort is used up."""
        if not domains:
            return {}
        if taken in self._seen or self._effort <= 0:
            return None
        self._seen.add(taken)
        for index in self._branches(domains):
            for position in self._candidates(index, domains[index]):
                self._effort -= 1
                rest = self._without(domains, index, position)
                if rest is not None:
                    found = self._descend(rest, tuple(sorted((*taken, (self._twin[index], position)))))
                    if found is not None:
                        return {**found, index: position}
                if self._effort <= 0:
                    return None
        return None

    def _branches(self, domains: dict[int, int]) -> Iterator[int]:
        """Yield the lasers to place next; of lasers that could be exchanged, one."""
        tried = set()
        for index in domains:
            if self._twin[index] not in tried:
                tried.add(self._twin[index])
                yield index

    def _candidates(self, index: int, domain: int) -> Iterator[int]:
        """Yield the positions to try: those just after a forbidden one, the wished-for one first."""
        wish = self._seekers[index].wish
        starts = _bits(domain & ~(domain << 1))
        if wish is None:
            yield from starts
            return
        near = _nearest(domain, wish)
        yield near
        yield from sorted(set(starts) - {near}, key=lambda position: (abs(position - wish), position))

    def _without(self, domains: dict[int, int], index: int, position: int) -> dict[int, int] | None:
        """Return the domains of the others after a placement, or None when one has no place left."""
        rest = {}
        for other, domain in domains.items():
            if other == index:
                continue
            if other in self._neighbours[index]:
                mask = self._mask(self._seekers[index].pattern, self._seekers[other].pattern)
                domain &= ~(mask >> (self._grid.last - position))
                if not domain:
                    return None
            rest[other] = domain
        return rest

    def _mask(self, placed: LaserPattern, other: LaserPattern) -> int:
        """Return what a laser forbids to another: bit `last + d` for a place d steps after its own."""
        key = placed, other
        if key not in self._masks:
            steps = range(-self._grid.last, self._grid.last + 1)
            self._masks[key] = _blocked(self._grid, self._gap, placed, other, steps)
        return self._masks[key]

    def _twins(self, domains: Sequence[int]) -> list[int]:
        """Return for each seeker the first one that it could be exchanged with without any difference."""
        twins: list[int] = []
        for index, seeker in enumerate(self._seekers):
            same = (
                other
                for other in range(index)
                if seeker.pattern == self._seekers[other].pattern
                and seeker.wish == self._seekers[other].wish
                and domains[index] == domains[other]
                and self._neighbours[index] - {other} == self._neighbours[other] - {index}
            )
            first = next(same, index)
            twins.append(twins[first] if first != index else index)
        return twins

    def _in_order_of_twins(self, found: dict[int, int]) -> tuple[int, ...]:
        """Let lasers that could be exchanged stand in the order of their devices."""
        positions = [found[index] for index in range(len(found))]
        for twin in set(self._twin):
            members = [index for index, other in enumerate(self._twin) if other == twin]
            for index, position in zip(members, sorted(positions[i] for i in members), strict=True):
                positions[index] = position
        return tuple(positions)


def pack(grid: Grid, gap: int, pattern: LaserPattern) -> list[int]:
    """Place equal lasers that all see one volume one after another, each as early as the gap allows."""
    mask = _blocked(grid, gap, pattern, pattern, range(-grid.last, grid.last + 1))
    domain, positions = grid.up_to(grid.last), []
    while domain:
        positions.append((domain & -domain).bit_length() - 1)
        domain &= ~(mask >> (grid.last - positions[-1]))
    return positions


def _blocked(
    grid: Grid, gap: int, placed: LaserPattern, other: LaserPattern, steps: range, centre: int = 0
) -> int:
    """Return the steps at which `other` meets a laser centred at `centre`, as a mask; bit 0 is the first.

    Two pulses meet where -(other's width + gap) < distance of their starts < placed's width + gap.
    """
    before, after = other.width + gap, placed.width + gap
    low, high = steps.start, steps.stop
    mask = 0
    for offset in {mine - theirs for mine in placed.starts for theirs in other.starts}:
        start = centre + offset
        start += -((start + after - low * grid.step) // grid.period) * grid.period
        while start - before < high * grid.step:
            first, end = (start - before) // grid.step + 1, -(-(start + after) // grid.step)
            if end > low:
                first = max(first, low)
                mask |= ((1 << (end - first)) - 1) << (first - low)
            start += grid.period
    return mask & ((1 << (high - low)) - 1)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _nearest(domain: int, wish: int) -> int:
    """Return the position of a domain that is nearest to a wish, the earlier one of two."""
    later = domain >> wish
    after = wish + (later & -later).bit_length() - 1 if later else None
    before = (domain & ((1 << wish) - 1)).bit_length() - 1
    if after is None or (before >= 0 and wish - before <= after - wish):
        return before
    return after
