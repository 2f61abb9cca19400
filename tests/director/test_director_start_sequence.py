"""The start sequence against scripted workers: what is asked of whom, in which order, and every refusal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kinect_sync.devices.port import AS_RECORDED, AT_READERS_PACE, LIVE, Discovered, Pace
from kinect_sync.director.device_state import Phase
from kinect_sync.director.start_sequence import StartSequence
from kinect_sync.errors import BenchError, Interrupted
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.bench import FIRMWARE_DIFFERS
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.model import RigFields
from kinect_sync.values import Value
from kinect_sync.wire.messages import Armed, Exited, Failed, Finished, Said, Stop, Watching
from tests.director.scripted import HOST, PERIOD_US, Script, ScriptedRig, chain, healthy_bench, opened, steady


def triggered() -> RigFields:
    rig = chain().model_dump(mode="json")
    rig["devices"][0]["role"] = "subordinate"
    rig["external_trigger"] = {"fps": 30, "pulse_width_us": 100, "drive_current_ma": 10}
    return RigFields.model_validate(rig)


def refusal(rig: ScriptedRig, **options) -> tuple[Finding, ...]:
    with pytest.raises(BenchError) as refused:
        StartSequence(rig.rig, rig.fleet, **options).run()
    return refused.value.findings


def test_subordinates_are_all_armed_before_the_master() -> None:
    rig = ScriptedRig(chain(5))
    StartSequence(rig.rig, rig.fleet).run()
    assert rig.order_of("Open") == ["front", "left", "right", "back", "top"]
    assert rig.order_of("Arm")[-1] == "front"
    assert set(rig.order_of("Arm")[:-1]) == {"left", "right", "back", "top"}


@pytest.mark.parametrize(("fps", "watched_s"), [(30, 1.5), (15, 1.7), (5, 2.5)])
def test_silence_is_watched_for_its_whole_time_before_the_master_starts(fps: int, watched_s: float) -> None:
    """At 5 fps a second and a half is but what a device takes that leaves out its first few captures."""
    rig = ScriptedRig(chain(camera={"fps": fps}))
    armed_at: dict[str, float] = {}
    for name in rig.scripts:

        def note(name: str = name) -> list:
            armed_at[name] = rig.clock.now_s
            return [Armed()]

        rig.scripts[name].on_arm = note
    StartSequence(rig.rig, rig.fleet).run()
    assert armed_at["front"] - max(armed_at["left"], armed_at["right"]) >= watched_s - 1e-6


def test_no_cable_is_blamed_where_a_process_stands_still() -> None:
    findings = refusal(ScriptedRig(chain(), {"right": Script(held=(), reports=False)}))
    assert [(f.code, f.device) for f in findings] == [("device-late", "right")]
    assert "its process stands still" in findings[0].what


def test_a_silent_device_is_named_soon_where_others_deliver() -> None:
    rig = ScriptedRig(chain(), {"right": Script(held=())})
    began_s = rig.clock.now_s
    assert [f.code for f in refusal(rig)] == ["device-silent"]
    assert 1.5 + 2.0 <= rig.clock.now_s - began_s < 4.0


def test_where_nobody_delivers_silence_needs_its_whole_time() -> None:
    rig = ScriptedRig(chain(), {name: Script(held=()) for name in ("front", "left", "right")})
    began_s = rig.clock.now_s
    assert [f.device for f in refusal(rig)] == ["front"]
    assert rig.clock.now_s - began_s >= 15.0


def test_a_device_that_follows_a_few_captures_later_is_waited_for() -> None:
    rig = ScriptedRig(chain(), {"right": Script(late_s=1.9)})
    assert set(StartSequence(rig.rig, rig.fleet).run()) == {"front", "left", "right"}


def test_the_take_begins_at_the_first_pulse_that_every_device_holds() -> None:
    late = steady(first_us=200_000 + 2 * PERIOD_US)
    rig = ScriptedRig(chain(), {"right": Script(held=late)})
    anchors = StartSequence(rig.rig, rig.fleet).run()
    assert {round(a.pulse_us) for a in anchors.values()} == {round(200_000 + 2 * PERIOD_US)}
    assert [anchors[n].captures_before for n in ("front", "left", "right")] == [4, 4, 2]


@pytest.mark.parametrize(
    "pace", [LIVE, AS_RECORDED, AT_READERS_PACE], ids=["camera", "played", "played fast"]
)
def test_a_camera_settles_first_and_what_it_recorded_long_ago_does_not(pace: Pace) -> None:
    rig = ScriptedRig(
        chain(), dict.fromkeys(("front", "left", "right"), Script(on_open=lambda: [opened(pace)]))
    )
    StartSequence(rig.rig, rig.fleet, settling=10).run()
    assert rig.settling == dict.fromkeys(("front", "left", "right"), 10 if pace.exposes else 0)


def test_a_device_that_stalls_while_it_settles_is_told_as_stalled() -> None:
    rig = ScriptedRig(chain(), {"left": Script(held=())})

    def start_the_master() -> list:
        for second in range(1, 6):
            seen = Watching(seen=min(7, 5 * second), held=(), clock=HOST.clock)
            rig.say_later(second, "left", seen)
        return [Armed()]

    rig.scripts["front"].on_arm = start_the_master
    began_s = rig.clock.now_s
    (finding,) = refusal(rig)
    assert (finding.code, finding.device) == ("device-stalled", "left")
    assert "7 captures and nothing more" in finding.what
    assert rig.clock.now_s - began_s < 9, "nobody waits the 15 s in which a rig may begin"


def sees(rig: ScriptedRig, name: str, seen: int, held: tuple = ()) -> None:
    """Let a worker report from now on that it has seen so many captures."""
    rig.say(name, Watching(seen=seen, held=held, clock=HOST.clock))


def from_the_master_on(rig: ScriptedRig, *moments: tuple[float, Callable[[], None]]) -> None:
    """Let things happen so many seconds after the last device was armed."""

    def start_the_master() -> list:
        rig.inbox.later += [(rig.clock.now_s + in_s, happens) for in_s, happens in moments]
        return [Armed()]

    rig.scripts[rig.rig.devices[0].name].on_arm = start_the_master


def test_a_worker_that_stands_still_while_its_camera_settles_is_waited_for() -> None:
    rig = ScriptedRig(chain(), {"left": Script(held=())})
    from_the_master_on(
        rig,
        (0.2, lambda: sees(rig, "left", 3)),
        (0.3, lambda: rig.frozen.add("left")),
        (7.0, lambda: rig.frozen.clear()),
        (7.3, lambda: sees(rig, "left", 9, steady())),
    )
    assert set(StartSequence(rig.rig, rig.fleet).run()) == {"front", "left", "right"}
    (finding,) = rig.fleet.findings
    assert (finding.code, finding.device) == ("worker-frozen", "left")
    assert "before the take began" in finding.what


def test_a_worker_that_stands_still_for_good_is_told_and_its_camera_is_not_blamed() -> None:
    rig = ScriptedRig(chain(), {"left": Script(held=())})
    from_the_master_on(rig, (0.2, lambda: sees(rig, "left", 3)), (0.3, lambda: rig.frozen.add("left")))
    assert [(f.code, f.device) for f in refusal(rig)] == [("device-late", "left")]


def test_a_worker_that_stands_still_as_the_pulses_come_is_no_dead_cable() -> None:
    """It says nothing for less time than proves that it stands still, and for more than silence may last."""
    rig = ScriptedRig(chain(), {"right": Script(held=())})
    from_the_master_on(
        rig,
        (0.0, lambda: rig.frozen.add("right")),
        (2.8, lambda: rig.frozen.clear()),
        (3.2, lambda: sees(rig, "right", 9, steady())),
    )
    assert set(StartSequence(rig.rig, rig.fleet).run()) == {"front", "left", "right"}


def test_who_says_nothing_is_not_proven_to_be_silent() -> None:
    rig = ScriptedRig(chain())

    def freeze() -> list:
        rig.frozen.add("left")
        rig.inbox.later.append((rig.clock.now_s + 2.0, lambda: sees(rig, "left", 60)))
        return [Armed()]

    rig.scripts["left"].on_arm = freeze
    assert [(f.code, f.device) for f in refusal(rig)] == [("free-running", "left")]


def test_a_device_that_stalls_when_it_has_settled_is_told_as_stalled() -> None:
    stop = {name: Script(goes_on=False) for name in ("front", "left")}
    rig = ScriptedRig(chain(), stop | {"right": Script(held=())})
    going_on = [(0.2 * i, lambda i=i: sees(rig, "right", i)) for i in range(1, 60)]
    from_the_master_on(rig, *going_on)
    began_s = rig.clock.now_s
    found = refusal(rig)
    assert [(f.code, f.device) for f in found] == [("device-stalled", "front")]
    assert rig.clock.now_s - began_s < 9


def stop_while_settling(rig: ScriptedRig) -> tuple[Finding, ...]:
    """Let all devices give captures, and nothing more: each stops a little later than the one before."""
    moments = []
    for late, name in enumerate(rig.scripts):
        for seen in range(1, 8 + late):
            moments.append((3.0 + 0.2 * seen, lambda name=name, seen=seen: sees(rig, name, seen)))
    from_the_master_on(rig, *moments)
    return refusal(rig)


def test_a_trigger_that_pauses_while_all_settle_is_told_and_no_device() -> None:
    rig = ScriptedRig(triggered(), dict.fromkeys(("front", "left", "right"), Script(held=())))
    (finding,) = stop_while_settling(rig)
    assert (finding.code, finding.device) == ("pulses-ended", None)
    assert "external trigger" in finding.what


def test_a_master_that_stalls_while_all_settle_is_told_and_nobody_whom_it_starves() -> None:
    rig = ScriptedRig(chain(), {name: Script(held=()) for name in ("front", "left", "right")})
    assert [(f.code, f.device) for f in stop_while_settling(rig)] == [("device-stalled", "front")]


def test_a_pulse_that_one_device_dropped_is_not_the_first() -> None:
    whole = steady(6)
    rig = ScriptedRig(chain(), {"left": Script(held=whole[1:]), "right": Script(held=(whole[0], *whole[2:]))})
    rig.scripts["front"].held = whole
    anchors = StartSequence(rig.rig, rig.fleet).run()
    assert round(anchors["front"].pulse_us) == round(200_000 + 2 * PERIOD_US)


def that_says(**what: object) -> Script:
    """A device that says this of itself when it is open."""
    return Script(on_open=lambda: [opened().model_copy(update=what)])


def controls(**changes: object) -> Controls:
    alike = {"exposure_us": 8330, "powerline_hz": 60, "gain": 128, "white_balance_k": None}
    return Controls.model_validate(alike | changes)


UNLIKE = [
    # (what `right` reports, code, words, what happened)
    ({"exposure_us": 16670}, "exposure-differs", "`left` 8330, `right` 16670", "another exposure"),
    ({"gain": 3}, "controls-differ", "one gain and report different ones: `front` 128, `left` 128, `right` 3",
     "the gain of an earlier program"),
    ({"white_balance_k": 2700}, "controls-differ", "in K: `front` auto, `left` auto, `right` 2700",
     "the white balance of an earlier program"),
]  # fmt: skip


@pytest.mark.parametrize(("reports", "code", "words", "happened"), UNLIKE, ids=[row[3] for row in UNLIKE])
def test_devices_that_report_different_controls_are_told(
    reports: dict[str, object], code: str, words: str, happened: str
) -> None:
    scripts = {name: that_says(controls=controls()) for name in ("front", "left")}
    rig = ScriptedRig(chain(), scripts | {"right": that_says(controls=controls(**reports))})
    sequence = StartSequence(rig.rig, rig.fleet)
    sequence.run()
    assert [(n.code, n.severity) for n in sequence.notes] == [(code, Severity.WARNING)], happened
    assert words in sequence.notes[0].what


def test_what_the_rig_itself_makes_different_is_no_finding() -> None:
    fields = chain().model_dump(mode="json")
    fields["devices"][2] |= {"gain": 40, "white_balance_k": 3000}
    own = that_says(controls=controls(gain=40, white_balance_k=3000))
    alike = that_says(controls=controls())
    rig = ScriptedRig(RigFields.model_validate(fields), {"front": alike, "left": alike, "right": own})
    sequence = StartSequence(rig.rig, rig.fleet)
    sequence.run()
    assert sequence.notes == []


def test_devices_with_different_firmware_are_told_as_devices_and_doctor_do() -> None:
    newer, older = (Firmware(color=color, depth="1.6.80", audio="1.6.14") for color in ("1.6.110", "1.6.102"))
    scripts = {name: that_says(firmware=newer) for name in ("front", "left")}
    rig = ScriptedRig(chain(), scripts | {"right": that_says(firmware=older)})
    sequence = StartSequence(rig.rig, rig.fleet)
    sequence.run()
    (note,) = sequence.notes
    assert (note.kind, note.severity) == (FIRMWARE_DIFFERS, Severity.WARNING)
    assert "right color 1.6.102" in note.what
    assert "AzureKinectFirmwareTool" in (note.remedy or "")


def test_a_standalone_device_needs_no_silence() -> None:
    rig = ScriptedRig(
        RigFields.model_validate(
            {
                "name": "one",
                "topology": "standalone",
                "devices": [{"name": "solo", "serial": "0" * 12, "role": "standalone"}],
            }
        )
    )
    began = rig.clock.now_s
    assert set(StartSequence(rig.rig, rig.fleet).run()) == {"solo"}
    assert rig.clock.now_s == began


def test_behind_an_external_trigger_every_device_is_armed_and_the_rig_waits() -> None:
    rig = ScriptedRig(triggered())
    sequence = StartSequence(rig.rig, rig.fleet)
    sequence.run()
    assert sorted(rig.order_of("Arm")) == ["front", "left", "right"]
    assert sequence.reference == "front"


LATE = steady(first_us=9_000_000, host_ns=10**12 - 5 * 10**9)
FAULTS = [
    # (what happens, scripts, code, device, words of the cause or remedy)
    ("a subordinate that delivers before the master runs", {"left": Script(captures_before_master=9)},
     "free-running", "left", "does not follow pulses"),
    ("the middle of a chain sees no pulse, nor what is behind it",
     {"left": Script(held=()), "right": Script(held=())}, "device-silent", "left", "`front` sync out"),
    ("the middle of a chain gives nothing, and passes pulses on", {"left": Script(held=())},
     "device-silent", "left", "though `right` hears pulses through it: the cable from `front` sync out"),
    ("the end of a chain sees no pulse", {"right": Script(held=())},
     "device-silent", "right", "`left` sync out"),
    ("the master itself delivers nothing", {"front": Script(held=())},
     "device-silent", "front", "USB"),
    ("a subordinate that was started late", {"left": Script(held=LATE)},
     "clock-unrelated", "left", "another moment"),
    ("the cameras refuse to start", {"right": Script(on_arm=lambda: [Failed(findings=(
        Finding(code="start-refused", device="right", what="no cable in sync in"),))])},
     "start-refused", "right", "sync in"),
    ("a worker that dies while it opens",
     {"left": Script(on_open=lambda: [Exited(code=-11, last_words=("segfault",))])},
     "worker-died", "left", "segfault"),
    ("a device that does not open in time", {"left": Script(on_open=lambda: [])},
     "device-late", "left", "did not open"),
    ("a worker that never comes up", {"right": Script(ready=False)},
     "device-late", "right", "did not start"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "scripts", "code", "device", "words"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_fault_is_named_with_its_device_and_cause(case, scripts, code, device, words) -> None:
    rig = ScriptedRig(chain(), scripts)
    findings = refusal(rig)
    assert [(f.code, f.device) for f in findings] == [(code, device)]
    assert words in str(findings[0])
    assert findings[0].remedy or code == "start-refused"


NO_MEMORY = "echo 96 | sudo tee"
REPLUG = "unplug its power and USB"
REFUSALS = [
    (
        "no memory, as libusb since 1.0.24 says",
        "NO_MEM",
        None,
        "memory for USB transfers is used up",
        NO_MEMORY,
    ),
    ("no memory, as the one before says", "IO", 12, "memory for USB transfers is used up", NO_MEMORY),
    ("no name, as older SDKs", None, None, "most often the kernel's memory", NO_MEMORY),
    ("a name for many reasons", "IO", None, "most often the kernel's memory", "if it is not, unplug"),
    ("another reason of the kernel's", "IO", 110, "the system does not take them", REPLUG),
    ("gone", "NO_DEVICE", None, "it left the bus", "check its USB cable"),
    ("forbidden", "ACCESS", None, "may not use its USB interface", "ksync doctor"),
    ("in use", "BUSY", None, "still under way", "end other programs"),
    ("halted", "PIPE", None, "has halted its stream", REPLUG),
    ("silent", "TIMEOUT", None, "does not answer", REPLUG),
    ("not open", "NOT_FOUND", None, "not open any more", REPLUG),
    ("one that nobody knows", "OVERFLOW", None, "the system does not take them", REPLUG),
]


def refuse_transfers(error: str | None, number: int | None) -> list[Value]:
    """What a worker says whose cameras start though no transfer is taken."""
    libusb = [Said(text=f"libusb: submiturb failed error -1 errno={number}")] if number else []
    name = f", error:LIBUSB_ERROR_{error}" if error else ""
    return [Armed(), *libusb, Said(text=f"f(). No libusb transfers could not be submitted{name}")]


@pytest.mark.parametrize(
    ("case", "error", "number", "cause", "remedy"), REFUSALS, ids=[r[0] for r in REFUSALS]
)
def test_each_reason_why_no_transfer_is_taken_has_its_own_next_step(
    case: str, error: str | None, number: int | None, cause: str, remedy: str
) -> None:
    rig = ScriptedRig(chain(), {"right": Script(held=(), on_arm=lambda: refuse_transfers(error, number))})
    refused, _ = refusal(rig)
    assert (refused.code, refused.device) == ("transfers-refused", "right"), case
    assert cause in refused.what
    assert remedy in (refused.remedy or "")
    assert (NO_MEMORY in (refused.remedy or "")) == ("memory" in cause)


def test_memory_for_transfers_is_that_of_the_devices_of_one_host() -> None:
    places = {"front": "here", "left": "host-b", "right": "host-b"}
    described = chain(hosts={"host-b": {"address": "10.0.0.12"}})
    devices = tuple(each.model_copy(update={"host": places[each.name]}) for each in described.devices)
    rig = ScriptedRig(
        described.model_copy(update={"devices": devices}),
        {"right": Script(held=(), on_arm=lambda: refuse_transfers("NO_MEM", None))},
    )
    refused, _ = refusal(rig)
    assert "raise it on `host-b`: echo 64 | sudo tee" in (refused.remedy or "")


@pytest.mark.parametrize("name", ["right", "front"])
def test_no_cable_is_named_where_the_sdk_says_that_no_transfer_runs(name: str) -> None:
    rig = ScriptedRig(chain(), {name: Script(held=(), on_arm=lambda: refuse_transfers("NO_MEM", None))})
    began_s = rig.clock.now_s
    refused, said = refusal(rig)
    assert (refused.code, refused.device) == ("transfers-refused", name)
    assert "LIBUSB_ERROR_NO_MEM" in refused.what
    assert "depth camera could" in refused.what, "no IMU runs"
    assert (said.code, said.device) == ("sdk-said", name)
    assert rig.clock.now_s - began_s < 2, "at once, and not when it has been silent for long"


def test_what_the_sdk_said_stands_beside_a_silence_that_nobody_explains() -> None:
    talk = [Armed(), Said(text="f(). Depth image processing is too slow")]
    rig = ScriptedRig(chain(), {"right": Script(held=(), on_arm=lambda: talk)})
    assert [(f.code, f.device) for f in refusal(rig)] == [("device-silent", "right"), ("sdk-said", "right")]


def test_what_the_sdk_said_stands_beside_a_refusal() -> None:
    refused = Finding(code="start-refused", device="right", what="refused")
    talk = [Said(text="f(). Depth engine failed: 204"), Failed(findings=(refused,))]
    rig = ScriptedRig(chain(), {"right": Script(on_arm=lambda: talk)})
    found, said = refusal(rig)
    assert found == refused
    assert "204" in said.what


def test_all_devices_that_fail_to_open_are_told_at_once() -> None:
    def fails(name: str):
        return lambda: [Failed(findings=(Finding(code="device-busy", device=name, what="in use"),))]

    rig = ScriptedRig(
        chain(), {"left": Script(on_open=fails("left")), "right": Script(on_open=fails("right"))}
    )
    assert [f.device for f in refusal(rig)] == ["left", "right"]


def test_inventory_and_jacks_are_told_in_one_go() -> None:
    fields = chain()
    bench = healthy_bench(fields)[:2]
    bench[1] = bench[1].model_copy(update={"jacks": Jacks(sync_in=False, sync_out=True)})
    bench.append(Discovered(index=2, serial="777777777777", jacks=Jacks(sync_in=False, sync_out=False)))
    found = refusal(ScriptedRig(fields, bench=bench))
    assert [(f.code, f.device) for f in found] == [
        ("device-missing", "right"),
        ("device-unexpected", None),
        ("jack-unplugged", "left"),
    ]
    assert "from `front` sync out to `left` sync in" in (found[-1].remedy or "")


def test_an_unexpected_device_may_be_allowed() -> None:
    fields = chain()
    extra = Discovered(index=3, serial="777777777777", jacks=Jacks(sync_in=False, sync_out=False))
    rig = ScriptedRig(fields, bench=[*healthy_bench(fields), extra])
    sequence = StartSequence(rig.rig, rig.fleet, allow_extra=True)
    sequence.run()
    assert [(n.code, n.severity) for n in sequence.notes] == [("device-unexpected", Severity.NOTE)]


def test_jacks_that_cannot_tell_are_notes_and_behaviour_decides() -> None:
    fields = chain()
    bench = [
        each.model_copy(update={"jacks": Jacks(sync_in=None, sync_out=None)})
        for each in healthy_bench(fields)
    ]
    sequence = StartSequence(fields, ScriptedRig(fields, bench=bench).fleet)
    sequence.run()
    assert {n.code for n in sequence.notes} == {"jack-unknown"}


def test_a_master_with_something_in_sync_in_is_refused() -> None:
    fields = chain()
    bench = healthy_bench(fields)
    bench[0] = bench[0].model_copy(update={"jacks": Jacks(sync_in=True, sync_out=True)})
    assert [(f.code, f.device) for f in refusal(ScriptedRig(fields, bench=bench))] == [
        ("jack-plugged", "front")
    ]


def test_a_trigger_that_already_runs_is_told_apart_from_a_free_running_device() -> None:
    rig = ScriptedRig(triggered(), {n: Script(captures_before_master=5) for n in ("front", "left", "right")})
    findings = refusal(rig)
    assert [f.code for f in findings] == ["trigger-running"]


def test_captures_that_wait_for_their_reader_accuse_nobody() -> None:
    """Recordings that are played fast begin when they are armed, behind a trigger before all are."""
    played = Script(on_open=lambda: [opened(AT_READERS_PACE)], captures_before_master=5)
    rig = ScriptedRig(triggered(), dict.fromkeys(("front", "left", "right"), played))
    sequence, began_s = StartSequence(rig.rig, rig.fleet), rig.clock.now_s
    assert set(sequence.run()) == {"front", "left", "right"}
    assert not sequence.silence_proven
    assert rig.clock.now_s - began_s < 5.5, "nobody was watched before the trigger came, after 5 s"


def test_a_trigger_that_never_comes_is_told_as_such() -> None:
    rig = ScriptedRig(triggered(), {n: Script(held=()) for n in ("front", "left", "right")})
    began = rig.clock.now_s
    findings = refusal(rig)
    assert [f.code for f in findings] == ["trigger-silent"]
    assert rig.clock.now_s - began >= 360


def test_asking_to_stop_interrupts_the_start() -> None:
    rig = ScriptedRig(chain(), {"left": Script(on_open=lambda: [])})
    rig.fleet.stopping = lambda: rig.clock.now_s > 103
    with pytest.raises(Interrupted):
        StartSequence(rig.rig, rig.fleet).run()


def test_stopping_a_fleet_stops_the_master_first_and_ends_what_does_not_leave() -> None:
    rig = ScriptedRig(chain(), {"left": Script(leaves=False)})
    rig.fleet.stop(first="right")
    assert rig.order_of("Stop")[0] == "right"
    assert rig.killed == ["left"]
    assert not rig.fleet.findings  # leaving when told is no failure


def test_a_worker_that_fails_while_it_leaves_is_told_and_costs_nothing() -> None:
    rig = ScriptedRig(chain(), {"left": Script(leaves=False)})
    rig.say("left", Finished(captures=9, written_bytes=9))
    rig.fleet.pump(0)
    answer = rig.answer

    def leave_badly(name: str, command) -> None:
        answer(name, command)
        if name == "left" and isinstance(command, Stop):
            rig.say("left", Exited(code=1, last_words=("AttributeError: close",)))

    rig.answer = leave_badly
    rig.fleet.stop()
    assert [(f.code, f.severity, f.device) for f in rig.fleet.findings] == [
        ("worker-left-badly", Severity.WARNING, "left")
    ]
    assert "AttributeError: close" in rig.fleet.findings[0].what
    assert rig.killed == []


def test_a_hanging_reader_costs_its_device_only() -> None:
    from kinect_sync.wire.messages import Progress

    rig = ScriptedRig(chain())
    silence = Progress(
        entries=(), newest_pulse=2, captures=3, queue_full=0, queued_bytes=0, written_bytes=9,
        reader_silent_ms=4000, clock=HOST.clock,
    )  # fmt: skip
    rig.say("left", silence)
    rig.fleet.pump(0)
    assert rig.fleet.states["left"].phase is Phase.LOST
    assert [(f.code, f.device) for f in rig.fleet.findings] == [("device-hangs", "left")]
    assert rig.order_of("Stop") == ["left"]
    assert len(rig.fleet.live) == 2


def test_watching_without_a_steady_clock_is_not_delivering() -> None:
    rig = ScriptedRig(chain())
    rig.say("left", Watching(seen=2, held=(), clock=HOST.clock))
    rig.say("right", opened())
    rig.fleet.pump(0)
    assert rig.fleet.states["left"].phase is Phase.SETTLING
    assert rig.fleet.states["right"].phase is Phase.OPEN
