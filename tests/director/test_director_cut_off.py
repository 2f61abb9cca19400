"""Hosts that can't be reached: the others record on, rows wait, and what was recorded there is told later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kinect_sync.director.absent_hosts import ALONE_S, HEAL_S
from kinect_sync.director.device_state import STALL_S, Phase
from kinect_sync.director.start_sequence import StartSequence
from kinect_sync.errors import BenchError
from kinect_sync.findings import Severity
from kinect_sync.values import Value
from kinect_sync.wire.messages import CutOff, Exited, Finished, Healed
from tests.director.scripted import ScriptedRig, chain
from tests.director.test_director_supervision import Studio

HOSTS = {"host-a": ("front",), "host-b": ("left",), "host-c": ("right",)}
CABLE = "its agent is not there any more"


def cut_off(host: str, devices: Iterable[str] | None = None) -> CutOff:
    return CutOff(host=host, devices=tuple(devices or HOSTS[host]), why=CABLE)


class PartedStudio(Studio):
    """A host for each device, and cables between them and the director that can be pulled.

    Workers record on behind a pulled cable; what they are told waits, and what they say is told in order.
    """

    def __init__(self, tmp_path: Path) -> None:
        super().__init__(tmp_path)
        self.cuts: dict[str, tuple[int, int | None]] = {}
        """By host, the first round in which it can't be reached, and the first in which it can again."""
        self.waiting: list[tuple[str, Value]] = []
        self.round = 0
        self.on_round = self.see_to_cables
        self.phases: dict[str, set[Phase]] = {name: set() for name in self.fleet.states}
        self.cut_s: dict[str, float] = {}
        self.named_s: dict[str, float] = {}
        send = self.rig.answer
        self.rig.answer = lambda name, command: self.pass_on(name, command, send)

    def pass_on(self, name: str, command: Value, send) -> None:
        if name in self.frozen:
            self.waiting.append((name, command))
        else:
            send(name, command)

    def see_to_cables(self, round_: int) -> None:
        self.round, now_s = round_, self.rig.clock.now_s
        for host, (first, last) in self.cuts.items():
            if round_ == first:
                self.cut_s[host] = now_s
                self.cut(host)
            elif round_ == last:
                self.heal(host, now_s - self.cut_s[host])
        for state in self.fleet:
            self.phases[state.name].add(state.phase)
            if state.phase is Phase.CUT_OFF:
                self.named_s.setdefault(state.name, now_s)

    def cut(self, host: str) -> None:
        self.frozen |= set(HOSTS[host])
        for device in HOSTS[host]:
            self.rig.say(device, cut_off(host))

    def heal(self, host: str, after_s: float = 1.0) -> None:
        self.frozen -= set(HOSTS[host])
        told, self.waiting = self.waiting, []
        for name, command in told:
            self.pass_on(name, command, self._answer)
        for device in HOSTS[host]:
            self.deliver(device, 3 * self.round)
            self.rig.say(device, Healed(host=host, times=1, longest_s=after_s))


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[PartedStudio]:
    studio = PartedStudio(tmp_path)
    yield studio
    with suppress(OSError):
        studio.sink.close()


def holes(studio: Studio, device: str) -> list[str]:
    return [row[f"{device}.hole"] for row in studio.rows()]


# --- while the rig starts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["ready", "open", "armed", "watched"])
def test_a_host_that_is_lost_before_the_take_ends_the_start_with_its_name(step: str) -> None:
    rig = ScriptedRig(chain())
    events = [cut_off("host-b", ["left", "right"])] * 2
    order = {"open": "Open", "armed": "Arm"}.get(step)
    answer, told = rig.answer, []

    def lose(name: str, command: Value) -> None:
        answer(name, command)
        if type(command).__name__ == order and not told:
            told.extend(events)
            for device, event in zip(("left", "right"), events, strict=True):
                rig.say(device, event)

    rig.answer = lose
    if step == "watched":
        rig.say_later(1.0, "left", events[0])
        rig.say_later(1.0, "right", events[1])
    elif step == "ready":
        for device, event in zip(("left", "right"), events, strict=True):
            rig.say(device, event)
    with pytest.raises(BenchError) as ended:
        StartSequence(rig.rig, rig.fleet).run()
    (finding,) = ended.value.findings
    assert (finding.code, finding.severity) == ("host-lost", Severity.ERROR)
    assert finding.what.startswith("`host-b` with `left`, `right` can't be reached any more")
    began_s = rig.clock.now_s
    rig.fleet.stop()
    assert rig.order_of("Stop")[-3:] == ["front", "left", "right"], (
        "an agent sees to those that do not hear it"
    )
    assert rig.fleet.states["front"].exited
    assert rig.clock.now_s - began_s < 1, "nobody is waited for who can't be reached"
    assert rig.killed == []


# --- while it records ---------------------------------------------------------------------------------------


def test_a_host_that_comes_back_costs_no_row_and_no_take(studio: PartedStudio) -> None:
    studio.cuts = {"host-b": (20, 220)}
    studio.run(pulses=900)
    assert studio.verification.complete == len(studio.rows()) == 900
    assert {state.phase for state in studio.fleet} == {Phase.FINISHED}
    assert Phase.CUT_OFF in studio.phases["left"]
    assert Phase.CUT_OFF not in studio.phases["front"] | studio.phases["right"]
    assert studio.named_s["left"] - studio.cut_s["host-b"] < 0.3
    (finding,) = studio.fleet.findings
    assert (finding.code, finding.severity, finding.device) == ("host-lost", Severity.WARNING, None)
    assert "could not be reached for 2" in finding.what


def test_rows_wait_for_a_host_much_longer_than_for_a_device_that_is_silent(studio: PartedStudio) -> None:
    """Ten minutes, in which no other device loses a capture or a row."""
    studio.cuts = {"host-b": (20, 6020)}
    behind = []
    see = studio.on_round

    def each(round_: int) -> None:
        see(round_)
        if round_ in (6000, 6100):
            behind.append(studio.told["front"] - len(studio.rows()))

    studio.on_round = each
    studio.run(pulses=20_000)
    assert behind[0] > 17_000
    assert behind[1] < 10
    assert studio.verification.complete == 20_000


def test_a_host_that_stays_away_is_waited_for_at_the_end_and_told(
    studio: PartedStudio,
) -> None:
    studio.cuts = {"host-b": (20, None)}
    began_s = studio.rig.clock.now_s
    studio.run(pulses=300)
    assert HEAL_S < studio.rig.clock.now_s - began_s - 300 / 30 < HEAL_S + 5
    (finding,) = studio.fleet.findings
    assert (finding.code, finding.severity) == ("host-lost", Severity.ERROR)
    assert "did not come back before the take was over" in finding.what
    assert "ksync hosts collect" in (finding.remedy or "")
    known = holes(studio, "left").index("late")
    assert 50 < known < 70
    assert set(holes(studio, "left")[known:]) == {"late"}
    assert len(studio.rows()) == 300
    assert set(holes(studio, "front")) == set(holes(studio, "right")) == {""}
    assert studio.fleet.states["left"].phase is Phase.CUT_OFF
    assert studio.rig.killed == []


def test_a_host_that_comes_back_after_the_end_is_heard_to_its_own(studio: PartedStudio) -> None:
    studio.cuts = {"host-b": (20, 250)}
    studio.run(pulses=300)
    assert studio.verification.complete == len(studio.rows()) == 300
    assert [finding.severity for finding in studio.fleet.findings] == [Severity.WARNING]


def test_an_end_that_is_asked_for_reaches_a_host_when_it_is_back(studio: PartedStudio) -> None:
    studio.cuts = {"host-b": (20, 150)}
    studio.run(stopping=lambda: studio.told["front"] > 300)
    assert len(set(studio.ends)) == 1
    assert studio.verification.complete == len(studio.rows()) == studio.ends[0]


def test_an_end_that_is_asked_for_ends_the_take_though_a_host_stays_away(studio: PartedStudio) -> None:
    studio.cuts = {"host-b": (20, None)}
    asked: list[float] = []

    def stopping() -> bool:
        if studio.told["front"] > 300 and not asked:
            asked.append(studio.rig.clock.now_s)
        return bool(asked)

    studio.run(stopping)
    assert studio.rig.clock.now_s - asked[0] < HEAL_S + 5
    assert len(studio.rows()) == studio.ends[0]
    assert set(holes(studio, "left")[70:]) == {"late"}


def test_who_asks_for_the_end_while_only_a_host_is_waited_for_waits_no_more(studio: PartedStudio) -> None:
    studio.cuts = {"host-b": (20, None)}
    over_s = studio.rig.clock.now_s + 300 / 30 + 8
    studio.run(stopping=lambda: studio.rig.clock.now_s > over_s, pulses=300)
    assert over_s < studio.rig.clock.now_s < over_s + 2
    assert len(studio.rows()) == 300
    assert ("host-lost", None) in studio.codes()


def test_two_hosts_may_be_away_and_each_is_told(studio: PartedStudio) -> None:
    studio.cuts = {"host-b": (20, 120), "host-c": (50, None)}
    studio.run(pulses=600)
    told = {finding.what.split("`")[1]: finding.severity for finding in studio.fleet.findings}
    assert told == {"host-b": Severity.WARNING, "host-c": Severity.ERROR}
    assert set(holes(studio, "front")) == set(holes(studio, "left")) == {""}
    assert set(holes(studio, "right")) == {"", "late"}


def test_the_masters_host_may_be_away_as_its_pulses_still_come(studio: PartedStudio) -> None:
    studio.cuts = {"host-a": (20, 220)}
    studio.run(pulses=900)
    assert studio.ends == []
    assert studio.verification.complete == 900


def test_devices_that_starve_behind_a_host_that_is_off_end_the_take(studio: PartedStudio) -> None:
    studio.cuts = {"host-a": (20, None)}
    studio.lengths = dict.fromkeys(("left", "right"), 60)
    began_s = studio.rig.clock.now_s
    studio.run(pulses=10**6)
    assert studio.rig.clock.now_s - began_s < HEAL_S + 3 * STALL_S + 5
    assert len(studio.rows()) == 60
    assert studio.codes() == [("host-lost", None), ("pulses-ended", None)]


def test_all_hosts_may_be_away_and_the_take_goes_on_to_its_planned_end(studio: PartedStudio) -> None:
    """The director's own cable was pulled."""
    studio.cuts = dict.fromkeys(HOSTS, (20, 420))
    studio.run(pulses=1800)
    assert studio.verification.complete == 1800


def test_an_end_asked_for_while_all_hosts_are_away_does_not_lie_in_the_past(studio: PartedStudio) -> None:
    studio.cuts = dict.fromkeys(HOSTS, (20, 420))
    studio.run(stopping=lambda: studio.round >= 350)
    assert studio.ends[0] >= 3 * 350
    assert len(studio.rows()) == studio.verification.complete == studio.ends[0]


def test_a_take_without_an_end_of_which_nothing_is_heard_ends_after_an_hour(
    studio: PartedStudio,
) -> None:
    studio.cuts = dict.fromkeys(HOSTS, (20, None))
    began_s = studio.rig.clock.now_s
    studio.run()
    assert ALONE_S < studio.rig.clock.now_s - began_s < ALONE_S + 60


def test_a_worker_that_died_behind_a_pulled_cable_is_told_when_the_host_is_back(studio: PartedStudio) -> None:
    studio.cuts = {"host-b": (20, 120)}
    heal = studio.heal

    def dies(host: str, after_s: float = 1.0) -> None:
        studio.rig.say("left", Exited(code=-9))
        heal(host, after_s)

    studio.heal = dies  # type: ignore[method-assign]
    studio.run(pulses=600)
    assert ("worker-died", "left") in studio.codes()
    assert set(holes(studio, "left")[100:]) == {"device_lost"}
    assert set(holes(studio, "front")) == {""}


def test_a_host_that_is_lost_after_its_files_are_closed_costs_nothing(studio: PartedStudio) -> None:
    for state in studio.fleet:
        state.begin_recording(0.0)
        studio.rig.say(state.name, Finished(captures=1, written_bytes=1))
    studio.fleet.pump(0)
    studio.rig.say("left", cut_off("host-b"))
    studio.rig.scripts["left"].leaves = False
    began_s = studio.rig.clock.now_s
    studio.fleet.stop()
    assert studio.rig.clock.now_s - began_s < 1
    (finding,) = studio.fleet.findings
    assert (finding.code, finding.severity) == ("host-lost", Severity.WARNING)
    assert "after its files were closed" in finding.what
