"""Which pulses of a run something is true of, whatever those are: a bit for each, 13 KB an hour at 30 fps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class PulseSet:
    """Pulses, added one by one, and counted together with those of another set."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        """Begin with the pulses of `ranges`, the first and the last of each."""
        self._bits = bytearray()
        for first, last in ranges:
            for pulse in range(first, last + 1):
                self.add(pulse)

    def add(self, pulse: int) -> None:
        """Add a pulse, which is counted from 0."""
        place, bit = divmod(pulse, 8)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits)))
        self._bits[place] |= 1 << bit

    def count_before(self, pulse: int) -> int:
        """Return how many of them are before a pulse."""
        return (self._as_number() & ((1 << pulse) - 1)).bit_count()

    def __iter__(self) -> Iterator[int]:
        """Iterate over them in order."""
        for place, bits in enumerate(self._bits):
            if bits:
                yield from (8 * place + bit for bit in range(8) if bits >> bit & 1)

    def shared_with(self, other: PulseSet) -> int:
        """Return how many of them are in another set, too."""
        return (self._as_number() & other._as_number()).bit_count()

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The first and the last of those that follow one another, in order."""
        found: list[tuple[int, int]] = []
        for pulse in self:
            if found and found[-1][1] == pulse - 1:
                found[-1] = (found[-1][0], pulse)
            else:
                found.append((pulse, pulse))
        return tuple(found)

    def _as_number(self) -> int:
        return int.from_bytes(self._bits, "little")
