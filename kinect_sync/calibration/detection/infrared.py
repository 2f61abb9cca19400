"""IR images with 8 bits, as boards are looked for in them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

DARK_PERCENT: Final = 25.0
"""Of the lit pixels are darker than the value around which equal steps become equal ratios."""
BRIGHT_PERCENT: Final = 99.9
_STEP: Final = 4
_VALUES: Final = 1 << 16


def to_gray(ir: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.uint8]:
    """Return an IR image of 16 bits with 8, in which a board's black and white differ wherever it is.

    What is lit by the camera fades with the square of its distance, and a cup close by is a thousand times
    as bright as the wall behind: with one scale a board in front of that wall would be black altogether. So
    brightness is scaled evenly where it is dark and by its logarithm above, as arcsinh does. Each gray level
    is of one brightness alone, hence corners stay where they are: their black and white squares change alike.
    """
    some = ir[::_STEP, ::_STEP]
    lit = some[some > 0]
    if not len(lit):
        return np.zeros(ir.shape, np.uint8)
    dark, bright = np.percentile(lit, (DARK_PERCENT, BRIGHT_PERCENT))
    levels = np.arcsinh(np.arange(_VALUES) / max(dark, 1.0))
    table = np.minimum(np.rint(levels * (255 / np.arcsinh(max(bright, 1.0) / max(dark, 1.0)))), 255)
    return np.asarray(table.astype(np.uint8)[ir])
