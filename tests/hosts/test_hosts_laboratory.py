"""The laboratory itself: what it says of cables and clocks is so, or no test over it means anything."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.cli.commands import PATIENCE_S
from tests.hosts.laboratory import BadCable, Laboratory, can_be_bad, laboratory, why_none

pytestmark = pytest.mark.skipif(why_none() is not None, reason=str(why_none()))
DELAY_S = 0.03
ECHO = (
    "import socket\n"
    "server = socket.create_server(('0.0.0.0', 7000))\n"
    "print('listening', flush=True)\n"
    "while True:\n"
    "    caller, _ = server.accept()\n"
    "    caller.sendall(caller.recv(9))\n"
)
CALL = (
    "import socket, sys, time\n"
    "began = time.monotonic()\n"
    "try:\n"
    "    caller = socket.create_connection((sys.argv[1], 7000), timeout=float(sys.argv[2]))\n"
    "    caller.sendall(b'hello')\n"
    "    caller.recv(9)\n"
    "    print(time.monotonic() - began)\n"
    "except OSError:\n"
    "    print('none')\n"
)


@pytest.fixture(scope="module")
def lab() -> Iterator[Laboratory]:
    bad = {"far": BadCable(delay_s=DELAY_S)} if can_be_bad() else {}
    with laboratory("here", "near", *bad, bad=bad) as lab:
        for host in ("near", *bad):
            listening = lab.start(host, [sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True)
            assert listening.stdout is not None
            assert listening.stdout.readline() == "listening\n"
        yield lab


def call(lab: Laboratory, host: str, patience_s: float = PATIENCE_S) -> float | None:
    """Return how long it takes to connect and to hear an echo; None where nobody answers."""
    command = [sys.executable, "-c", CALL, lab.address(host), str(patience_s)]
    words = lab.start("here", command, stdout=subprocess.PIPE, text=True).communicate()[0].strip()
    return None if words == "none" else float(words)


def test_hosts_reach_each_other(lab: Laboratory) -> None:
    assert call(lab, "near") is not None


def test_a_pulled_cable_carries_nothing_until_it_is_plugged_again(lab: Laboratory) -> None:
    lab.unplug("near")
    assert call(lab, "near", 3.0) is None
    lab.plug("near")
    assert call(lab, "near") is not None


@pytest.mark.skipif(not can_be_bad(), reason="there is no /dev/net/tun to make bad cables of")
def test_a_bad_cable_is_slow(lab: Laboratory) -> None:
    taken_s = call(lab, "far")
    assert taken_s is not None
    assert taken_s >= 4 * DELAY_S, "a connection and an echo go there and back twice"


def test_a_host_may_have_a_clock_far_ahead(lab: Laboratory) -> None:
    command = [sys.executable, "-c", "import time; print(time.monotonic())"]
    told = lab.start("near", command, clock_ahead_s=7200, stdout=subprocess.PIPE, text=True).communicate()[0]
    assert float(told) - time.monotonic() == pytest.approx(7200, abs=60)
