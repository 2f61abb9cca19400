"""The real command as a subprocess, with an eye on every process that it starts; and several at a time."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.crowd import ATTEMPTS
from tests.cli.reaper import PROC, read_proc, watch_over

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "configs"
PATIENCE_S = 90.0
"""What anything may take on a machine that is busy with other things; nothing waits that long but to fail."""
BUSY = {
    "captures-late",
    "captures-queue-full",
    "captures-sensor-dropped",
    "host-paused",
    "rows-missed",
    "rows-not-brought",
    "stream-captures-late",
    "worker-frozen",
}
"""Codes of warnings that a machine gets which is busy with other things: no defect of a take or a stream."""
ALL = 100.0
"""So many percent of the pulses may be lost to a busy machine."""
SLOW = BUSY | {"device-late", "no-common-pulse"}
"""All that such a machine is told, by a start that fails on it too."""
_MARK = "KSYNC_TEST_RUN"
_OURS = uuid.uuid4().hex
"""Begins the mark of everything that this process starts."""


@dataclass(frozen=True)
class Worker:
    """A running worker process."""

    pid: int

    @property
    def files(self) -> set[str]:
        """The recordings that it holds open, by name."""
        paths = []
        with suppress(OSError):  # it has ended
            for link in (PROC / str(self.pid) / "fd").iterdir():
                with suppress(OSError):  # it has closed this one meanwhile
                    paths.append(os.readlink(link))  # noqa: PTH115
        return {Path(path).name for path in paths if path.endswith(".mkv")}


class Command:
    """`ksync`, or another Python program, as it runs."""

    def __init__(
        self,
        *arguments: object,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-m", "kinect_sync"),
        begin: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen,
        **pipes: Any,
    ) -> None:
        """Start `ksync` with `arguments`; stdout and stderr are kept unless `pipes` say otherwise.

        `program` is what Python runs in its place, and `begin` how a process is started.
        """
        watch_over(f"{_MARK}={_OURS}")
        self._mark = _OURS + uuid.uuid4().hex
        surroundings = dict(os.environ if environment is None else environment)
        surroundings |= {"PYTHONPATH": str(ROOT), _MARK: self._mark}
        surroundings.pop("PYTHONUNBUFFERED", None)  # as an operator's: it hides what a closed stream does
        kept: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = begin(
            [sys.executable, *program, *map(str, arguments)], env=surroundings, **{**kept, **pipes}
        )

    def finish(self, stdin: bytes | None = None) -> Ended:
        """Wait for the end; nothing that the command started may outlive it."""
        out, err = self.process.communicate(stdin, timeout=PATIENCE_S)
        return Ended(self.process.returncode, (out or b"").decode(), (err or b"").decode(), self.processes())

    def processes(self) -> list[int]:
        """Every living process that this run started, workers above all, without the command itself."""
        mark = f"{_MARK}={self._mark}".encode()
        return [pid for pid in _living() if pid != self.process.pid and mark in read_proc(pid, "environ")]

    def workers(self) -> list[Worker]:
        """The worker processes that live."""
        module = b"kinect_sync.benches.worker"
        return [Worker(pid) for pid in self.processes() if module in read_proc(pid, "cmdline")]

    def worker_of(self, device: str) -> Worker:
        """The worker that holds a device's recording open."""
        (worker,) = [each for each in self.workers() if f"{device}.mkv" in each.files]
        return worker

    def end(self) -> None:
        """End whatever is left of it."""
        for pid in (*self.processes(), *([self.process.pid] if self.process.poll() is None else [])):
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                continue
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


@dataclass(frozen=True)
class Ended:
    """A command that has ended: what it said, and which of its processes live on."""

    code: int
    out: str
    err: str
    left: list[int]

    @property
    def report(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        assert self.out, f"nothing on stdout; exit code {self.code}; stderr: {self.err}"
        report: dict[str, Any] = json.loads(self.out)
        return report


@contextmanager
def ksync(*arguments: object, **options: Any) -> Iterator[Command]:
    """Run `ksync` within the context; whatever happens, nothing of it is left afterwards."""
    command = Command(*arguments, **options)
    try:
        yield command
    finally:
        command.end()


def run_ksync(*arguments: object, **options: Any) -> Ended:
    """Run `ksync` to its end."""
    with ksync(*arguments, **options) as command:
        return command.finish()


def run_interrupted(*arguments: object) -> Ended:
    """Run `ksync` with a Ctrl-C when its processes begin, or when it is over already; for POSIX."""
    with ksync(*arguments, start_new_session=True) as command:
        process = command.process
        wait_until(lambda: process.poll() is not None or len(command.processes()) > 2, "its processes begin")
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        return command.finish()


def run_where_heard(host: str, *arguments: object) -> Ended:
    """Run what changes nothing, and again where a host that is there answered later than it is waited for."""
    absent = "host-(unreachable|silent)"
    unheard = re.compile(rf'^{host} .*{absent}|"code": "{absent}"[^{{}}]*"what": "{host} at', re.MULTILINE)
    for _ in range(ATTEMPTS):
        ended = run_ksync(*arguments)
        if not unheard.search(ended.out):
            break
    return ended


def tells_of_slowness(
    report: Mapping[str, Any], expected: Iterable[str], severities: Sequence[str] = ("error", "warning")
) -> bool:
    """Whether a report tells that the machine was too slow, by a code that is not expected of the run."""
    told = {each["code"] for each in report["findings"] if each["severity"] in severities}
    return bool(told & SLOW - set(expected))


def count_rows(take: Path) -> int:
    """How many rows stand in the index of a take that is being recorded."""
    index = take / "alignment.csv"
    return index.read_bytes().count(b"\n") - 1 if index.exists() else 0


def wait_until(condition: Callable[[], Any], what: str) -> None:
    """Wait for what must come to pass; how long it takes is not judged, but it fails when it never does."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, f"waited in vain until {what}"
        time.sleep(0.02)


def _living() -> list[int]:
    if not PROC.is_dir():
        return []
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if b"State:\tZ" not in read_proc(pid, "status")]
