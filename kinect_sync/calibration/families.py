"""The families of markers that OpenCV knows: what a marker's name, size and number may be."""

from __future__ import annotations

from typing import NamedTuple


class Family(NamedTuple):
    """A family of square markers."""

    bits: int
    """In a row of the marker, its border not counted."""
    markers: int
    """How many there are, numbered from 0."""


FAMILIES = {
    **{
        f"DICT_{bits}X{bits}_{markers}": Family(bits, markers)
        for bits in (4, 5, 6, 7)
        for markers in (50, 100, 250, 1000)
    },
    "DICT_ARUCO_ORIGINAL": Family(5, 1024),
    "DICT_APRILTAG_16h5": Family(4, 30),
    "DICT_APRILTAG_25h9": Family(5, 35),
    "DICT_APRILTAG_36h10": Family(6, 2320),
    "DICT_APRILTAG_36h11": Family(6, 587),
    "DICT_ARUCO_MIP_36h12": Family(6, 250),
}
"""By OpenCV's names; those of one size begin with the same markers."""

_BY_FOLDED = {name.casefold(): name for name in FAMILIES}


def family_name(text: str) -> str:
    """Return a family's name as OpenCV writes it, however it was written; ValueError where there is none."""
    name = _BY_FOLDED.get(text.casefold())
    if name is None:
        raise ValueError(f"no family of markers is called {text}; there are {', '.join(FAMILIES)}")
    return name
