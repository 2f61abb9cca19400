"""Commands that run in the test's own process, workers included: everything but the process boundary."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.benches.choice import BenchChoice
from kinect_sync.benches.launching import Assignment, assignment_text, read_assignment
from kinect_sync.benches.opening import open_bench
from kinect_sync.cli import main
from kinect_sync.director.link import Inbox
from kinect_sync.values import Value
from kinect_sync.wire.messages import PROTOCOL, Exited, Ready, Stop, read_command, read_event
from kinect_sync.worker.session import WorkerSession
from kinect_sync.worker.site import Site


class LocalLink:
    """A worker session that answers at once; messages go through their JSON all the same."""

    def __init__(self, name: str, assignment: Assignment, inbox: Inbox) -> None:
        self._name = name
        self._inbox = inbox
        assignment = read_assignment(assignment_text(assignment))
        site = Site(assignment.takes, published=assignment.published)
        self._session = WorkerSession(lambda: open_bench(assignment.bench), self._say, site)
        self._say(Ready(protocol=PROTOCOL, pid=1, host=site.host))

    def _say(self, event: Value) -> None:
        self._inbox.put((self._name, read_event(event.model_dump_json(by_alias=True).encode())))

    def send(self, command: Value) -> None:
        if isinstance(command, Stop):
            self._session.leave()
            self._inbox.put((self._name, Exited(code=0)))
        else:
            self._session.carry_out(read_command(command.model_dump_json(by_alias=True).encode()))

    def kill(self) -> None:
        raise AssertionError("a local worker never hangs")

    def join(self, timeout_s: float) -> bool:
        return True


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.out)
        return report

    @property
    def told(self) -> list[tuple[str, str | None]]:
        """(code, device) of every finding that is no note."""
        return [(f["code"], f["device"]) for f in self.report["findings"] if f["severity"] != "note"]


Run = Callable[..., Done]


def make_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs `ksync` with arguments, workers in this process."""

    def launcher(
        bench: BenchChoice,
        takes: Path | None = None,
        *,
        published: Path | None = None,
    ) -> Callable[[str, Inbox], LocalLink]:
        assignment = Assignment(bench=bench, takes=takes, published=published)
        return lambda name, inbox: LocalLink(name, assignment, inbox)

    for module in ("cli.bench", "benches.workplaces", "cli.selftest"):
        monkeypatch.setattr(f"kinect_sync.{module}.worker_launcher", launcher)

    def run(*arguments: object) -> Done:
        try:
            code = main.run([str(argument) for argument in arguments])
        except SystemExit as ending:
            code = int(ending.code or 0)
        return Done(code, *capsys.readouterr())

    return run
