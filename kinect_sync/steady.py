"""The steady clock of ksync: when something happened on this host, and how long it took.

On Linux it is CLOCK_MONOTONIC, on Windows the performance counter, as Python's other steady clock ticks there
in steps of 15.6 ms before Python 3.13: half a period. Either is one for all processes of a host.
"""

from __future__ import annotations

import time
from collections.abc import Callable

steady_s: Callable[[], float] = time.perf_counter
"""Seconds since some fixed moment."""
steady_ns: Callable[[], int] = time.perf_counter_ns
"""Nanoseconds since the same moment."""
