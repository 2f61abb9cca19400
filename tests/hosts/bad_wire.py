"""A network cable that is slow and loses packets: a TUN device at each end, and this process between them.

What `tc netem` does in the kernel, which not every kernel has. Its arguments are the namespace and the device
of one end, those of the other, the delay in seconds and the part that is lost.
Prints a line when it is there.
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
LONGEST_PACKET = 65536
SEED = 11


def plug_in(namespace: str, device: str) -> int:
    """Make one end in a namespace, and return its file descriptor."""
    with Path("/run/netns", namespace).open("rb") as place:
        if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), f"no way into {namespace}")
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    return end


def carry(ends: tuple[int, int], delay_s: float, loss: float) -> None:
    """Carry packets both ways for ever, each after `delay_s`, but for those that are lost."""
    other = dict(zip(ends, reversed(ends), strict=True))
    chance = random.Random(SEED)
    under_way: list[tuple[float, int, int, bytes]] = []
    for number in range(sys.maxsize):
        wait_s = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
        for end in select.select(ends, (), (), wait_s)[0]:
            packet = os.read(end, LONGEST_PACKET)
            if chance.random() >= loss:
                heapq.heappush(under_way, (time.monotonic() + delay_s, number, other[end], packet))
        while under_way and under_way[0][0] <= time.monotonic():
            _, _, end, packet = heapq.heappop(under_way)
            with suppress(OSError):  # that end is down
                os.write(end, packet)


def main() -> None:
    """Plug both ends in, say so, and carry."""
    here, there = plug_in(*sys.argv[1:3]), plug_in(*sys.argv[3:5])
    print("plugged", flush=True)
    carry((here, there), float(sys.argv[5]), float(sys.argv[6]))


if __name__ == "__main__":
    main()
