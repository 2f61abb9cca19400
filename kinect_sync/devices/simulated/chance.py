"""Chance that repeats itself: the same device does the same in every run, in every process."""

from __future__ import annotations

import zlib

_MASK = (1 << 64) - 1
_HALF = (1 << 32) - 1


def seed_of(text: str) -> int:
    """Turn a serial number, or any text, into a seed; `hash` differs from process to process."""
    return zlib.crc32(text.encode())


def uniform(*seeds: int) -> float:
    """Return a number in [0, 1) that depends on the seeds alone."""
    return _mix(seeds) / 2**64


def triangular(*seeds: int) -> float:
    """Return a number in (-1, 1), most often near 0."""
    bits = _mix(seeds)
    return ((bits & _HALF) - (bits >> 32)) / 2**32


def draw_three(*seeds: int) -> tuple[float, float, float]:
    """Return two numbers in (-1, 1), most often near 0, and one in [0, 1); cheaper than one by one."""
    bits = _mix(seeds)
    a, b, c, d, e = (bits >> shift & 0xFFF for shift in (0, 12, 24, 36, 48))
    return (a - b) / 4096, (c - d) / 4096, e / 4096


def _mix(seeds: tuple[int, ...]) -> int:
    """Mix seeds into 64 bits, by splitmix64's steps."""
    state = 0
    for seed in seeds:
        state = (state ^ (seed & _MASK)) + 0x9E3779B97F4A7C15 & _MASK
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
        state ^= state >> 31
    return state
