"""The markers that boards carry: OpenCV's DICT_5X5_100, whose first 50 are DICT_5X5_50.

The bits are facts of the dictionary, as `cv2.aruco.getPredefinedDictionary` gives them; a test compares them
with OpenCV where it is there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = 5
"""A marker has so many bits in a row and in a column, and a black border of one bit around them."""

_CODES = (
    "145b2bc01c06e61af0edd10395f71aeb5241d4082d0d3d7ec0e2146b10d61321313fa5"
    "13cee031a2dac01e62b1105e71661fcfca8051e37f097a7580bea26f0f64dc41061de8"
    "12dda75150e44016b0ca10ba12de19cd0231a599721c3ce8b022424603b9672024223b"
    "027376e0368873040d0ce04aaac804643ba07a6fea0998aac082d10109aad1d0863c72"
    "0ad28250a52f9e0d849f70c309d90da7e310e9627a0e9b9970f948060f591250f6b7d7"
    "11b58e411ad27911e380b116944512ffb4a158cb8d15987f01422fdf14e1227156df22"
    "173dbf1164c93c17cbb861880a8719147dd184eb8a18d85ad1b2cda91babd731e9d432"
    "1e765280f5740a1b11a53018ce6502ab219098e9810a8061c141a158185314c196d12c"
    "1fad3a200922b5019bce000b547c002c76f0132289012d2a700c4b430067bc500faa0d"
    "01f1f54038e8790323b2302c364702da51b02e9d8d027c56203efdf50521ee00448efd"
)
"""Seven digits each: 25 bits, row by row, the first bit the highest."""
_DIGITS = 7


def marker_bits(number: int) -> NDArray[np.uint8]:
    """Return the bits of a marker, (5, 5), 1 where it is white."""
    code = int(_CODES[number * _DIGITS :][:_DIGITS], 16)
    bits = [code >> place & 1 for place in reversed(range(BITS * BITS))]
    return np.array(bits, np.uint8).reshape(BITS, BITS)
