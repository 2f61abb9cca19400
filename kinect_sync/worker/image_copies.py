"""Copies of images that go past the processor's caches.

The SDK copies each image out of a USB transfer, and a worker copies it into a ring. An ordinary copy first
reads into the cache what it is about to overwrite, and drives everything else out of there; images are a
megabyte each, and nine devices bring 20 MB every 33 ms. The GNU C library can write past the caches, and does
so for copies of some share of them: on a computer with large caches never. So a worker is told in its
environment from which size on to do so.

Measured with nine virtual devices, two cores and a cache of 480 MB: a tenth of all processor time of a
recording, and a fifth of that of live rows (docs/explanation/performance.md).
"""

from __future__ import annotations

from collections.abc import Mapping

PAST_CACHE_NBYTES = 1 << 17
"""Smaller than any image of a camera but few JPEGs, and larger than what is soon looked at again."""
_VARIABLE = "GLIBC_TUNABLES"
_OURS = f"glibc.cpu.x86_non_temporal_threshold={PAST_CACHE_NBYTES}"


def copies_past_cache(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what tells the GNU C library so in a process's environment; nobody else heeds it.

    What the environment tells it already is kept, and is heard last.
    """
    return {_VARIABLE: ":".join(filter(None, (_OURS, environment.get(_VARIABLE))))}
