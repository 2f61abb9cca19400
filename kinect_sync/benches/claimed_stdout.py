"""A process's stdout, kept for what it tells whoever started it: native libraries print there as well."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO


def claim_stdout() -> BinaryIO:
    """Return stdout, and send everything else that is printed to stderr from now on: so the SDK's log."""
    claimed = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return claimed
