"""The markers that boards carry: OpenCV's DICT_5X5_100, whose first 50 are DICT_5X5_50.

The bits are facts of the dictionary, as `cv2.aruco.getPredefinedDictionary` gives them; a test compares them
with OpenCV where it is there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = 5
"""A marker has so many bits in a row and in a column, and a black border of one bit around them."""

_CODES = [
    "145b2bc",
    "01c06e6",
    "1af0edd",
    "10395f7",
    "1aeb524",
    "1d4082d",
    "0d3d7ec",
    "0e2146b",
    "10d6132",
    "1313fa5",
    "13cee03",
    "1a2dac0",
    "1e62b11",
    "05e7166",
    "1fcfca8",
    "051e37f",
    "097a758",
    "0bea26f",
    "0f64dc4",
    "1061de8",
    "12dda75",
    "150e440",
    "16b0ca1",
    "0ba12de",
    "19cd023",
    "1a59972",
    "1c3ce8b",
    "0224246",
    "03b9672",
    "024223b",
    "027376e",
    "0368873",
    "040d0ce",
    "04aaac8",
    "04643ba",
    "07a6fea",
    "0998aac",
    "082d101",
    "09aad1d",
    "0863c72",
    "0ad2825",
    "0a52f9e",
    "0d849f7",
    "0c309d9",
    "0da7e31",
    "0e9627a",
    "0e9b997",
    "0f94806",
    "0f59125",
    "0f6b7d7",
    "11b58e4",
    "11ad279",
    "11e380b",
    "1169445",
    "12ffb4a",
    "158cb8d",
    "15987f0",
    "1422fdf",
    "14e1227",
    "156df22",
    "173dbf1",
    "164c93c",
    "17cbb86",
    "1880a87",
    "19147dd",
    "184eb8a",
    "18d85ad",
    "1b2cda9",
    "1babd73",
    "1e9d432",
    "1e76528",
    "0f5740a",
    "1b11a53",
    "018ce65",
    "02ab219",
    "098e981",
    "0a8061c",
    "141a158",
    "185314c",
    "196d12c",
    "1fad3a2",
    "00922b5",
    "019bce0",
    "00b547c",
    "002c76f",
    "0132289",
    "012d2a7",
    "00c4b43",
    "0067bc5",
    "00faa0d",
    "01f1f54",
    "038e879",
    "0323b23",
    "02c3647",
    "02da51b",
    "02e9d8d",
    "027c562",
    "03efdf5",
    "0521ee0",
    "0448efd",
]
"""25 bits each, row by row, the first bit the highest."""


def marker_bits(number: int) -> NDArray[np.uint8]:
    """Return the bits of a marker, (5, 5), 1 where it is white."""
    code = int(_CODES[number], 16)
    bits = [code >> place & 1 for place in reversed(range(BITS * BITS))]
    return np.array(bits, np.uint8).reshape(BITS, BITS)
