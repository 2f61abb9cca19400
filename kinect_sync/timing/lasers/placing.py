"""Where the lasers of devices that see the same volume are placed, by strategy and spacing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kinect_sync.timing.lasers.check import UNITS_PER_US, Laser, LaserPattern, check_lasers
from kinect_sync.timing.lasers.search import Grid, LaserSearch, Placement, Seeker

RECOMMENDED_STEP_US = 160
"""From laser to laser; 35 µs beyond a pulse for clocks that differ. Source: Azure Kinect DK documentation,
"Synchronize multiple Azure Kinect DK devices"."""

_EFFORT = 20_000
"""Placements before the search for a plan is given up: some tenths of a second."""
_EFFORT_BETTER = 2_000
"""Placements before the search for a better plan is given up; there are about a dozen of them."""


@dataclass(frozen=True, slots=True)
class FreeLaser:
    """A laser that may be moved."""

    device: str
    pattern: LaserPattern
    movable: bool = True
    """False for a device that cannot be delayed in this strategy: it stays at 0."""
    wish: int | None = None
    """The position that it should be near, where captures are spread."""


@dataclass(frozen=True, slots=True)
class Group:
    """Lasers of devices that see the same volume, directly or through one another."""

    grid: Grid
    gap: int
    """The smallest gap that is asked for, in units."""
    free: Sequence[FreeLaser]
    standing: Sequence[Laser]
    pairs: Sequence[tuple[str, str]]

    def search(self, domains: Sequence[int]) -> LaserSearch:
        """Set up a search of places in the given domains."""
        index = {laser.device: number for number, laser in enumerate(self.free)}
        neighbours: dict[str, set[int]] = {}
        for first, second in self.pairs:
            for one, other in ((first, second), (second, first)):
                neighbours.setdefault(one, set()).update({index[other]} if other in index else ())
        seekers = [
            Seeker(laser.pattern, domain if laser.movable else domain & 1, laser.wish)
            for laser, domain in zip(self.free, domains, strict=True)
        ]
        return LaserSearch(
            self.grid,
            seekers,
            [frozenset(neighbours.get(laser.device, ())) for laser in self.free],
            [(laser, frozenset(neighbours.get(laser.device, ()))) for laser in self.standing],
        )

    def smallest_gap(self, positions: Sequence[int]) -> int | None:
        """Return the smallest gap of a placement in units, from the checker."""
        placed = [
            Laser(laser.device, laser.pattern, position * self.grid.step)
            for laser, position in zip(self.free, positions, strict=True)
        ]
        smallest = check_lasers([*placed, *self.standing], self.pairs, self.grid.period).smallest
        return smallest.gap if smallest else None

    @property
    def pitch(self) -> int:
        """The longest pitch of the group's patterns, in units."""
        return max(laser.pattern.pitch_us for laser in self.free) * UNITS_PER_US


def place_in_steps(group: Group) -> Placement:
    """Place lasers 160 µs apart in the order of the devices, while that leaves the gap.

    Where the steps would need another laser train in the period, and a step as small as the gap allows
    would not, the smaller step is taken: depth stays near its color.
    """
    grid = group.grid
    steps = _steps(group)
    stepped = _earliest(group, [steps] * len(group.free))
    packed = _earliest(group, [grid.up_to(grid.last)] * len(group.free))
    if stepped.positions is None or packed.positions is None:
        return packed if stepped.positions is None else stepped
    costs = (max(stepped.positions) - max(packed.positions)) * grid.step
    return stepped if costs < group.pitch else packed


def place_evenly(group: Group) -> Placement:
    """Place lasers so that the smallest gap is as large as it can be.

    Lasers of one pattern are placed within one pitch, where that suffices: further apart, depth would leave
    its color for a gap that clocks do not need. Otherwise every place in the period is considered.
    """
    grid = group.grid
    near = grid.up_to(-(-group.pitch // grid.step) - 1)
    patterns = {laser.pattern for laser in group.free} | {laser.pattern for laser in group.standing}
    for domain in (near, grid.up_to(grid.last)) if len(patterns) == 1 else (grid.up_to(grid.last),):
        domains = [domain] * len(group.free)
        placement = _earliest(group, domains)
        if placement.positions is not None:
            return _widened(group, domains, placement)
    return placement


def place_near_wishes(group: Group, most: int, *, even: bool) -> Placement:
    """Place lasers as near to their wishes as the gap allows, at most `most` steps away.

    `even`: within half a pitch of them, where every phase can be had, with the largest smallest gap.
    """
    reach = _smallest_reach(group, most)
    if reach is None:
        return _earliest(group, _windows(group, most))
    if even:
        reach = max(reach, min(most, group.pitch // group.grid.step // 2))
    domains = _windows(group, reach)
    placement = _earliest(group, domains)
    return _widened(group, domains, placement) if even else placement


def recommended_positions(grid: Grid) -> Mapping[int, int]:
    """Return the positions of the multiples of 160 µs on the grid, with the µs that each stands for."""
    step = RECOMMENDED_STEP_US * UNITS_PER_US
    return {
        number * step // grid.step: number * RECOMMENDED_STEP_US
        for number in range(grid.last * grid.step // step + 1)
    }


def _steps(group: Group) -> int:
    """Return the positions that steps of 160 µs lead to, or of the gap where that is larger."""
    grid = group.grid
    slot = max(laser.pattern.width for laser in group.free) + group.gap
    step = RECOMMENDED_STEP_US * UNITS_PER_US
    positions: Mapping[int, int] | range = recommended_positions(grid)
    if slot > step // grid.step * grid.step:
        positions = range(0, grid.last + 1, -(-slot // grid.step))
    return sum(1 << position for position in positions)


def _earliest(
    group: Group, domains: Sequence[int], gap: int | None = None, effort: int = _EFFORT
) -> Placement:
    """Place lasers early: the best of a few orders if one succeeds at once, else what a full search finds.

    Without a `gap` in units, the group's.
    """
    gap = group.gap if gap is None else gap
    search = group.search(domains)
    quick = [search.find(gap, 2 * len(domains) + 1, order) for order in _orders(group)]
    found = [placement for placement in quick if placement.positions is not None]
    if found:
        return min(found, key=lambda placement: sum(placement.positions or ()))
    return search.find(gap, effort)


def _orders(group: Group) -> Iterator[list[int]]:
    """Yield orders to try: as the devices stand, then each pitch together."""
    numbers = list(range(len(group.free)))
    yield numbers
    if len({laser.pattern for laser in group.free}) > 1:
        yield sorted(numbers, key=lambda number: group.free[number].pattern.pitch_us)
        yield sorted(numbers, key=lambda number: -group.free[number].pattern.pitch_us)


def _widened(group: Group, domains: Sequence[int], placement: Placement) -> Placement:
    """Raise the smallest gap of a placement as far as it goes, by bisection over the gap."""
    if placement.positions is None or (low := group.smallest_gap(placement.positions)) is None:
        return placement
    best, high, complete = placement.positions, group.grid.period, True
    while high - low > 1:
        middle = (low + high) // 2
        wider = _earliest(group, domains, middle, _EFFORT_BETTER)
        if wider.positions is None:
            high, complete = middle, complete and wider.complete
        else:
            best, low = wider.positions, max(middle, group.smallest_gap(wider.positions) or middle)
    return Placement(best, complete)


def _smallest_reach(group: Group, most: int) -> int | None:
    """Return how far from its wish a laser must go at most, in steps; None where `most` is not enough."""

    def fits(reach: int) -> bool:
        return _earliest(group, _windows(group, reach), None, _EFFORT_BETTER).positions is not None

    low, high = -1, 0
    while not fits(high):
        if high == most:
            return None
        low, high = high, min(most, 2 * high + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def _windows(group: Group, reach: int) -> list[int]:
    up_to = group.grid.up_to
    wishes = [laser.wish or 0 for laser in group.free]
    return [up_to(wish + reach) & ~((1 << max(0, wish - reach)) - 1) for wish in wishes]
