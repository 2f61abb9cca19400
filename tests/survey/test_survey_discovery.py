"""Asking one worker what is on the bench, once and again, and every way in which that ends."""

from __future__ import annotations

from contextlib import suppress

import pytest

from kinect_sync.devices.port import Discovered
from kinect_sync.errors import BenchError, Interrupted
from kinect_sync.findings import Finding
from kinect_sync.readings import Jacks
from kinect_sync.survey.discovery import Surveyor
from kinect_sync.survey.jack_check import report_jacks
from kinect_sync.survey.jack_watch import watch_jacks
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.messages import PROTOCOL, Exited, Failed, Inventory, Ready, Stranger
from tests.director.scripted import HOST, FakeClock, InstantInbox

ONE = Discovered(index=0, serial="000000000011", jacks=Jacks(sync_in=False, sync_out=False))
OTHER = Stranger(protocol=PROTOCOL + 1)


class Worker:
    """Answers every command with the next of its answers."""

    def __init__(self, *answers: object, ready: object = None) -> None:
        self.clock = FakeClock()
        self.inbox = InstantInbox(self.clock)
        self.answers = list(answers)
        self.ready = ready or Ready(protocol=PROTOCOL, pid=1, host=HOST)
        self.sent: list[str] = []
        self.killed = False
        self.leaves = True

    def __call__(self, name: str, inbox: InstantInbox) -> Worker:
        inbox.put((name, self.ready))
        return self

    def send(self, command: object) -> None:
        self.sent.append(type(command).__name__)
        if self.sent[-1] != "Stop" and self.answers:
            self.inbox.put(("survey", self.answers.pop(0)))

    def kill(self) -> None:
        self.killed = True

    def join(self, timeout_s: float) -> bool:
        return self.leaves

    def surveyor(self, **options) -> Surveyor:
        return Surveyor(self, inbox=self.inbox, clock=self.clock, **options)


def seen(*jacks: tuple[bool, bool]) -> Inventory:
    return Inventory(
        devices=tuple(
            Discovered(index=i, serial=f"{i:012d}", jacks=Jacks(sync_in=j[0], sync_out=j[1]))
            for i, j in enumerate(jacks)
        )
    )


def test_a_worker_is_asked_and_stopped() -> None:
    worker = Worker(Inventory(devices=(ONE,)))
    with worker.surveyor() as surveyor:
        assert surveyor.discover() == (ONE,)
    assert worker.sent == ["Discover", "Stop"]
    assert not worker.killed


def test_a_worker_that_does_not_leave_is_ended() -> None:
    worker = Worker()
    worker.leaves = False
    told: list[Finding] = []
    with worker.surveyor(tell=told.append):
        pass
    assert worker.killed
    assert [finding.code for finding in told] == ["worker-killed"]


@pytest.mark.parametrize(
    ("kept", "interrupted", "limit_s"),
    [(0, False, 15.0), (3, False, 15.0), (9, False, 27.0), (0, True, 45.0)],
    ids=["nothing kept", "three kept", "nine kept", "while it opens them"],
)
def test_a_worker_has_time_to_close_what_it_keeps_open(kept: int, interrupted: bool, limit_s: float) -> None:
    worker = Worker(*([] if interrupted else [seen(*[(True, True)] * kept)]))
    waited = []
    worker.join = waited.append  # type: ignore[method-assign]
    with suppress(Interrupted), worker.surveyor(stopping=lambda: worker.clock() > 103) as surveyor:
        surveyor.look()
    assert waited[0] == limit_s


ENDS = [
    ("the SDK is missing", {"answers": [Failed(findings=(Finding(code="sdk-not-installed", what="x"),))]},
     "sdk-not-installed"),
    ("the SDK crashes", {"answers": [Exited(code=-11, last_words=("segfault",))]}, "worker-died"),
    ("the SDK hangs", {"answers": []}, "discovery-hangs"),
    ("another version", {"answers": [], "ready": OTHER}, "worker-version"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "script", "code"), ENDS, ids=[row[0] for row in ENDS])
def test_a_survey_that_fails_says_why(sentence: str, script: dict, code: str) -> None:
    worker = Worker(*script["answers"], ready=script.get("ready"))
    with pytest.raises(BenchError) as raised, worker.surveyor() as surveyor:
        surveyor.discover()
    assert [finding.code for finding in raised.value.findings] == [code]
    assert worker.sent[-1] == "Stop"


def test_a_survey_can_be_interrupted() -> None:
    worker = Worker()
    with pytest.raises(Interrupted), worker.surveyor(stopping=lambda: worker.clock() > 103) as surveyor:
        surveyor.discover()
    assert worker.clock() < 105


WRONG, RIGHT = seen((False, True), (False, False)), seen((False, True), (True, False))


def test_watching_ends_as_soon_as_the_plugs_are_right() -> None:
    worker = Worker(WRONG, WRONG, RIGHT, WRONG)
    shown = []
    with worker.surveyor() as surveyor:
        report = watch_jacks(
            surveyor, lambda bench: report_jacks(bench, None), shown.append, clock=worker.clock
        )
    assert [each.verdict for each in shown] == [Verdict.BAD, Verdict.BAD, Verdict.GOOD]
    assert report is shown[-1]
    assert worker.sent == ["Look", "Look", "Look", "Stop"]
    assert worker.clock() == pytest.approx(101.0)


def test_watching_gives_up_when_its_time_is_over_and_returns_what_was_seen_last() -> None:
    worker = Worker(*[WRONG] * 20)
    with worker.surveyor() as surveyor:
        report = watch_jacks(
            surveyor, lambda b: report_jacks(b, None), lambda _: None, timeout_s=1.7, clock=worker.clock
        )
    assert report.verdict is Verdict.BAD
    assert worker.clock() == pytest.approx(101.7)
    assert worker.sent.count("Look") == 5


def test_watching_waits_for_a_device_that_is_in_use() -> None:
    busy = Discovered(index=1, serial=None, problem=Finding(code="device-busy", what="in use"))
    worker = Worker(Inventory(devices=(ONE, busy)), RIGHT)
    with worker.surveyor() as surveyor:
        report = watch_jacks(
            surveyor, lambda b: report_jacks(b, None), lambda _: None, timeout_s=9, clock=worker.clock
        )
    assert report.verdict is Verdict.GOOD


def test_hardware_that_cannot_tell_is_not_watched_for_ever() -> None:
    blind = Inventory(devices=(ONE.model_copy(update={"jacks": Jacks(sync_in=None, sync_out=None)}),))
    worker = Worker(blind)
    with worker.surveyor() as surveyor:
        report = watch_jacks(surveyor, lambda b: report_jacks(b, None), lambda _: None, clock=worker.clock)
    assert report.verdict is Verdict.UNKNOWN
