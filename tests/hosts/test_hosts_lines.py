"""The line in one process does what a line promises, and says the same through JSON."""

from __future__ import annotations

import pytest

from kinect_sync.timing.alignment import Entry, HoleReason
from kinect_sync.wire.hosts import Describe, Done, Envelope, Heard, Lease, OtherVersion, Refused, Tell
from kinect_sync.wire.lines import AgentLine, Answered, DirectorLine, HostSilent
from kinect_sync.wire.messages import End, Exited, Progress, Said, Stranger
from tests.hosts.lines import InProcessLine

LEASE = Lease(director="studio", run="1", epoch=3)
PROGRESS = Progress(
    entries=(Entry(4, 2, 100, None, 7, HoleReason.HALF_CAPTURE),), newest_pulse=4, captures=3, queue_full=0,
    queued_bytes=0, written_bytes=9, reader_silent_ms=0, clock="a boot",
)  # fmt: skip


class Ends:
    """A director, and the agent of one host, which answers that it is done."""

    def __init__(self, line: InProcessLine) -> None:
        self.asked: list[Envelope] = []
        self.heard: list[tuple[str, Heard]] = []
        self.noticed: list[tuple[str, bool]] = []
        self.line = line
        self.agent: AgentLine = line.agent("host-b", self.answer)
        self.director: DirectorLine = line.director(
            lambda *heard: self.heard.append(heard), lambda *noticed: self.noticed.append(noticed)
        )

    def answer(self, envelope: Envelope) -> Answered:
        self.asked.append(envelope)
        return Answered(Done(), b"payload")


@pytest.fixture(params=[False, True], ids=["values", "json"])
def ends(request: pytest.FixtureRequest) -> Ends:
    return Ends(InProcessLine(through_json=request.param))


def test_requests_and_events_arrive_as_they_were_sent(ends: Ends) -> None:
    envelope = Envelope(lease=LEASE, request=Tell(worker="walk-left-1", number=1, command=End(pulse=7)))
    assert ends.director.ask("host-b", envelope) == Answered(Done(), b"payload")
    assert ends.asked == [envelope]
    told = [
        Heard(worker="walk-left-1", number=number, event=event)
        for number, event in [
            (1, PROGRESS),
            (None, Said(text="firmware is old")),
            (2, Stranger(protocol=99)),
            (3, Exited(code=-9, last_words=("segfault",))),
        ]
    ]
    for each in told:
        ends.agent.tell(each)
    assert ends.heard == [("host-b", each) for each in told]


def test_a_host_that_is_cut_off_hears_nothing_and_is_not_heard_until_the_link_heals(ends: Ends) -> None:
    said = Heard(worker="walk-left-1", number=None, event=Said(text="is lost"))
    ends.line.cut("host-b")
    ends.agent.tell(said)
    with pytest.raises(HostSilent):
        ends.director.ask("host-b", Envelope(request=Describe()))
    assert not ends.director.is_present("host-b")
    ends.line.heal("host-b")
    ends.director.ask("host-b", Envelope(request=Describe()))
    assert len(ends.asked) == 1
    assert ends.heard == []
    assert ends.noticed == [("host-b", True), ("host-b", False), ("host-b", True)]


def test_an_answer_may_be_lost_though_it_was_done(ends: Ends) -> None:
    ends.line.answers_lost.add("host-b")
    with pytest.raises(HostSilent):
        ends.director.ask("host-b", Envelope(request=Describe()))
    assert len(ends.asked) == 1


def test_who_leaves_is_missed_and_a_second_agent_takes_its_place(ends: Ends) -> None:
    ends.agent.close()
    with pytest.raises(HostSilent):
        ends.director.ask("host-b", Envelope(request=Describe()))
    ends.line.agent("host-b", lambda envelope: Answered(Refused(findings=())))
    assert ends.director.ask("host-b", Envelope(request=Describe())).answer == Refused(findings=())
    ends.director.close()
    ends.line.cut("host-b")
    assert ends.noticed == [("host-b", True), ("host-b", False), ("host-b", True)]


def test_through_json_another_version_is_told() -> None:
    ends = Ends(InProcessLine(through_json=True))
    with pytest.raises(OtherVersion):
        ends.director.ask("host-b", Envelope(protocol=99, request=Describe()))
