"""The board as it was made: black and white by place on it, and where its corners truly are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.room.codes import BITS, marker_bits
from kinect_sync.devices.simulated.room.description import BoardPrint
from kinect_sync.devices.simulated.room.poses import Matrix

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

_MARKER = BITS + 2
"""Bits of a marker with its border."""
_CELL = _MARKER + 2
"""A square is cut at the edges of its marker's bits: white, border, bits, border, white."""


@dataclass(frozen=True)
class Board:
    """A board in its own frame: the origin at the outer corner of the first square, z into the board.

    x runs along a row and y down a column as one looks at the print; both in true metres, so that a board
    that was printed larger is larger.
    """

    made: BoardPrint

    @cached_property
    def square_m(self) -> float:
        """True side of a square."""
        return self.made.square_m * self.made.printed_scale

    @cached_property
    def size_m(self) -> tuple[float, float]:
        """True width and height of the pattern."""
        return self.made.columns * self.square_m, self.made.rows * self.square_m

    @cached_property
    def margin_m(self) -> float:
        """True width of the white around the pattern."""
        return self.made.margin_m * self.made.printed_scale

    @cached_property
    def corners(self) -> Matrix:
        """Where the corners truly are, (corners, 3), by their number: along rows."""
        across, down = np.meshgrid(np.arange(1, self.made.columns), np.arange(1, self.made.rows))
        x, y = across.ravel() * self.square_m, down.ravel() * self.square_m
        if self.made.mirrored:
            x = self.size_m[0] - x
        return np.column_stack((x, y, self.bend(x)))

    def bend(self, x: NDArray[np.float64] | Floats) -> NDArray[np.float64]:
        """Return how far the board stands back at x."""
        return self.made.bend_m * (1 - (2 * x / self.size_m[0] - 1) ** 2)

    @cached_property
    def outline(self) -> Matrix:
        """The corners of all that belongs to it, with its margin and its bend, (8, 3)."""
        (width, height), margin = self.size_m, self.margin_m
        depths = (min(0.0, self.made.bend_m), max(0.0, self.made.bend_m))
        return np.array(
            [(x, y, z) for x in (-margin, width + margin) for y in (-margin, height + margin) for z in depths]
        )

    def holds(self, x: Floats, y: Floats) -> Flags:
        """Tell which places are on it, margin included."""
        (width, height), margin = self.size_m, self.margin_m
        on_it: Flags = (x >= -margin) & (x <= width + margin) & (y >= -margin) & (y <= height + margin)
        return on_it

    def whiteness(self, x: Floats, y: Floats) -> Floats:
        """Return 1 where it is white and 0 where it is black; white beyond the pattern."""
        if self.made.mirrored:
            x = np.float32(self.size_m[0]) - x
        found: Floats = self._pattern[self._module(y, self.made.rows), self._module(x, self.made.columns)]
        return found

    def _module(self, along: Floats, squares: int) -> NDArray[np.int32]:
        """Return by place along an axis the row or column of the pattern, whose first and last are margin."""
        at = along * np.float32(1 / self.square_m)
        square = np.floor(at)
        bit = self.made.marker_m / self.made.square_m / _MARKER
        within = (at - square - np.float32((1 - bit * _MARKER) / 2)) * np.float32(1 / bit)
        module = np.clip(np.floor(within), -1, _MARKER).astype(np.int32)
        found: NDArray[np.int32] = np.clip(
            square.astype(np.int32) * _CELL + module + 2, 0, squares * _CELL + 1
        )
        return found

    @cached_property
    def _pattern(self) -> Floats:
        rows, columns = self.made.rows, self.made.columns
        pattern = np.ones((rows * _CELL + 2, columns * _CELL + 2), np.float32)
        odd = 0 if self.made.legacy and rows % 2 == 0 else 1
        marker = 0
        for row in range(rows):
            for column in range(columns):
                cell = pattern[1 + row * _CELL :, 1 + column * _CELL :][:_CELL, :_CELL]
                if (row + column) % 2 != odd:
                    cell[:] = 0.0
                    continue
                cell[1:-1, 1:-1] = 0.0
                cell[2:-2, 2:-2] = marker_bits(marker)
                marker += 1
        return pattern
