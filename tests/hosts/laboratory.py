"""Computers that are joined by a router: network namespaces, with cables that can be pulled and be bad.

Linux and root only. A router and no bridge, which is a module that not every kernel has. Everything is in
namespaces of its own, with names of this process, so that nothing of the machine's own network is touched,
and all of it is gone with them.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.cli.commands import PATIENCE_S
from tests.hosts import bad_wire

ROUTER = "router"
TOOLS = ("ip", "tc", "unshare", "sysctl")


@dataclass(frozen=True, slots=True)
class BadCable:
    """A cable that is slow, and loses packets."""

    delay_s: float = 0.0
    """Each way."""
    loss: float = 0.0
    """Part of the packets, each way."""


@cache
def why_none() -> str | None:
    """Say why there can be no laboratory here; None where there can be one."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if os.geteuid() != 0:
        return "network namespaces need root"
    if lacking := [tool for tool in TOOLS if shutil.which(tool) is None]:
        return f"network namespaces need {', '.join(lacking)} (iproute2, util-linux, procps)"
    try:
        with laboratory("trial"):
            return None
    except subprocess.CalledProcessError as error:
        return f"this computer lets nobody make network namespaces: {error.stderr.strip()}"


@contextmanager
def laboratory(*hosts: str, bad: Mapping[str, BadCable] | None = None) -> Iterator[Laboratory]:
    """Join hosts by a router for as long as the context lasts; processes in them are ended with it."""
    lab = Laboratory(hosts, bad or {})
    try:
        lab.build()
        yield lab
    finally:
        lab.tear_down()


class Laboratory:
    """Hosts at one router, each with an address; they are nowhere else."""

    def __init__(self, hosts: Sequence[str], bad: Mapping[str, BadCable]) -> None:
        self._nets = {host: f"10.79.{number}" for number, host in enumerate(hosts)}
        self._bad = bad
        self._processes: list[subprocess.Popen[Any]] = []

    def build(self) -> None:
        """Make the router, the hosts, and a cable to each."""
        for name in (ROUTER, *self._nets):
            _run("ip", "netns", "add", _namespace(name))
            _run("ip", "-n", _namespace(name), "link", "set", "lo", "up")
        _run("ip", "netns", "exec", _namespace(ROUTER), "sysctl", "-qw", "net.ipv4.ip_forward=1")
        for host, net in self._nets.items():
            self._lay_cable(host)
            for name, device, end in ((host, "eth", 2), (ROUTER, self._port(host), 1)):
                _run("ip", "-n", _namespace(name), "address", "add", f"{net}.{end}/24", "dev", device)
                _run("ip", "-n", _namespace(name), "link", "set", device, "up")
            self._find_way(host)

    def tear_down(self) -> None:
        """End what still runs, and remove everything; also what was made only in part."""
        try:
            for name in (ROUTER, *self._nets):
                self.end_all(name)
            for process in self._processes:
                if process.poll() is None:
                    process.kill()
                process.wait(PATIENCE_S)
                for stream in (process.stdin, process.stdout, process.stderr):
                    if stream is not None:
                        stream.close()
        finally:
            for name in (ROUTER, *self._nets):
                subprocess.run(["ip", "netns", "del", _namespace(name)], capture_output=True, check=False)

    def address(self, host: str) -> str:
        """Return the address of a host."""
        return f"{self._nets[host]}.2"

    def start(
        self, host: str, command: Sequence[str], *, clock_ahead_s: int = 0, **options: Any
    ) -> subprocess.Popen[Any]:
        """Start a process on a host, which may have a steady clock far ahead of the others'.

        Signals go to the process itself, unless its clock is ahead: then to a parent, with which it ends.
        """
        ahead = ["unshare", "--time", "--monotonic", str(clock_ahead_s), "--fork", "--kill-child"]
        inside = [*(ahead if clock_ahead_s else ()), *command]
        process = subprocess.Popen(["ip", "netns", "exec", _namespace(host), *inside], **options)
        self._processes.append(process)
        return process

    def end_all(self, host: str) -> None:
        """End every process of a host, also those that processes of it began."""
        while pids := _pids_in(_namespace(host)):
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    def unplug(self, host: str) -> None:
        """Pull the network cable of a host."""
        _run("ip", "-n", _namespace(ROUTER), "link", "set", self._port(host), "down")

    def plug(self, host: str) -> None:
        """Plug it in again."""
        _run("ip", "-n", _namespace(ROUTER), "link", "set", self._port(host), "up")

    def throttle(self, host: str, rate: str) -> None:
        """Let no more through the cable of a host than a rate as `tc` says it, `940mbit`, each way."""
        limits = ("tbf", "rate", rate, "burst", "256kb", "latency", "20ms")
        for name, device in ((host, "eth"), (ROUTER, self._port(host))):
            _run("tc", "-n", _namespace(name), "qdisc", "replace", "dev", device, "root", *limits)

    def _lay_cable(self, host: str) -> None:
        here, there, port = _namespace(host), _namespace(ROUTER), self._port(host)
        if (bad := self._bad.get(host)) is None:
            _run("ip", "-n", here, "link", "add", "eth", "type", "veth", "peer", "name", port, "netns", there)
            return
        wire = [sys.executable, bad_wire.__file__, here, "eth", there, port, str(bad.delay_s), str(bad.loss)]
        process = subprocess.Popen(wire, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._processes.append(process)
        if process.stdout is None or process.stdout.readline() != "plugged\n":
            raise subprocess.CalledProcessError(1, wire, stderr=process.communicate()[1])

    def _find_way(self, host: str) -> None:
        _run("ip", "-n", _namespace(host), "route", "replace", "default", "via", f"{self._nets[host]}.1")

    def _port(self, host: str) -> str:
        return f"p{list(self._nets).index(host)}"


def can_be_bad() -> bool:
    """Tell whether this computer can lay bad cables, which are made of TUN devices."""
    return Path("/dev/net/tun").exists()


def _namespace(name: str) -> str:
    return f"ksync-{os.getpid()}-{name}"


def _pids_in(namespace: str) -> list[int]:
    """Return the processes of a namespace that live; none where there is no such namespace."""
    told = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, check=False, text=True)
    return [pid for pid in map(int, told.stdout.split()) if not _is_over(pid)]


def _is_over(pid: int) -> bool:
    """Tell whether nothing is left of a process but what its parent may ask for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
