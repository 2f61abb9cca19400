from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinect_sync.errors import UsageError
from kinect_sync.rig.hardware import AZURE_KINECT
from kinect_sync.rig.modes import DepthMode
from kinect_sync.rig.rules import judge
from kinect_sync.timing.lasers.plan import (
    DoesNotFit,
    PlanRequest,
    Spacing,
    Strategy,
    capacity_of,
    plan_offsets,
)
from kinect_sync.timing.lasers.refusal import plan_or_explain
from kinect_sync.timing.lasers.report import report_plan
from tests.rig.chains import chains_36
from tests.timing.laser_rigs import (
    NFOV,
    PASSIVE,
    PITCH_US,
    TICKS,
    WFOV,
    devices_of,
    gap_table_us,
    make_rig,
    smallest_gap_us,
)

CUTS = AZURE_KINECT.delays
LIMITS_US = {30: 33_333, 15: 66_666, 5: 200_000}
TWO_HALVES = (devices_of(*range(10)), devices_of(*range(10, 20)))


def plan(rig, **request):
    return plan_offsets(rig, PlanRequest(**request))


def delays(planned) -> list[tuple[int, int]]:
    return [
        (device.subordinate_delay_off_master_usec, device.depth_delay_off_color_usec)
        for device in planned.rig.devices
    ]


def depth(planned) -> list[int]:
    return [depth_us for _, depth_us in delays(planned)]


def centres(rig) -> list[int]:
    return [
        CUTS.steps(device.subordinate_delay_off_master_usec) + CUTS.steps(device.depth_delay_off_color_usec)
        for device in rig.devices
    ]


SHOWN = [
    # rig, request, smallest gap in µs, what the row shows
    (make_rig([NFOV] * 2), {}, 30.556, "two devices: 160 µs, which are 155.6"),
    (make_rig([NFOV] * 2), {"spacing": Spacing.EVEN}, 661.111, "half a pitch apart"),
    (make_rig([NFOV] * 3), {}, 30.556, "three devices"),
    (make_rig([NFOV] * 3), {"spacing": Spacing.EVEN}, 397.222, "a third of a pitch apart"),
    (make_rig([NFOV] * 9), {}, 30.556, "nine devices: the longest chain"),
    (make_rig([NFOV] * 9), {"spacing": Spacing.EVEN}, 41.667, "15 ticks apart"),
    (
        make_rig([NFOV] * 10),
        {},
        30.556,
        "ten devices: 160 µs steps would leave 16.7, so the step is 14 ticks",
    ),
    (make_rig([NFOV] * 10), {"spacing": Spacing.EVEN}, 30.556, "ten in one pitch: 14 ticks each"),
    (make_rig([WFOV] * 9, fps=15), {}, 30.556, "the longer pitch"),
    (make_rig([WFOV] * 9, fps=15), {"spacing": Spacing.EVEN}, 152.778, "and more room in it"),
    (make_rig([NFOV] * 4 + [WFOV] * 2, fps=15), {}, 30.556, "two pitches"),
    (make_rig([NFOV] * 4 + [WFOV] * 2, fps=15), {"spacing": Spacing.EVEN}, 661.111, "three trains of two"),
    (make_rig([NFOV] * 20, overlaps=TWO_HALVES), {}, 30.556, "two halves share the same places"),
    (make_rig([NFOV] * 20), {}, 30.556, "twenty that all see the same: two trains in a period"),
    (make_rig([NFOV] * 3), {"strategy": Strategy.STAGGER}, 33.333, "90 captures a second"),
    (make_rig([NFOV] * 3, color_off=(2,)), {}, 30.556, "a depth-only subordinate among three"),
]


@pytest.mark.parametrize(("rig", "request_", "gap_us", "what"), SHOWN)
def test_plans_that_are_shown(rig, request_, gap_us, what):
    planned = plan(rig, **request_)
    assert planned.check.smallest.gap_us == pytest.approx(gap_us, abs=0.001), what
    assert not planned.check.collisions


@pytest.mark.parametrize(
    ("rig", "request_", "expected", "what"),
    [
        (make_rig([NFOV] * 3), {}, [(0, 0), (0, 160), (0, 320)], "depth alone: color stays simultaneous"),
        (
            make_rig([NFOV] * 3, color_off=(2,)),
            {},
            [(0, 0), (0, 160), (320, 0)],
            "depth-only has no color to leave",
        ),
        (
            make_rig([NFOV] * 3),
            {"strategy": Strategy.SHIFT},
            [(0, 0), (160, 0), (320, 0)],
            "color and depth together; a master has no subordinate delay",
        ),
        (make_rig([NFOV, PASSIVE, NFOV]), {}, [(0, 0), (0, 0), (0, 160)], "passive IR fires nothing"),
        (make_rig([NFOV, "off", NFOV]), {}, [(0, 0), (0, 0), (0, 160)], "nor does color alone"),
        (
            make_rig([NFOV] * 3, delays={2: (0, 80)}),
            {},
            [(0, 320), (0, 480), (0, 80)],
            "a delay of the rig is kept, and the others keep clear of it",
        ),
        (
            make_rig([NFOV] * 3, delays={2: (0, 80)}),
            {"replan": True},
            [(0, 0), (0, 160), (0, 320)],
            "or freed",
        ),
        (
            make_rig([NFOV] * 2, hardware="femto"),
            {"spacing": Spacing.EVEN},
            [(0, 0), (0, 787)],
            "a Femto keeps whole microseconds",
        ),
        (
            make_rig([NFOV] * 3, overlaps=(devices_of(0, 1), devices_of(1, 2))),
            {},
            [(0, 0), (0, 160), (0, 0)],
            "those who share no view may share a place",
        ),
    ],
)
def test_delays(rig, request_, expected, what):
    assert delays(plan(rig, **request_)) == expected, what


def test_eleven_devices_need_a_second_train():
    places = depth(plan(make_rig([NFOV] * 11)))
    assert places[:9] == [160 * number for number in range(9)]
    assert places[9] > 12_725, "beyond a whole train of the first"


def test_stagger_spreads_captures_and_counts_devices_without_laser():
    planned = plan(make_rig([NFOV, PASSIVE, "off", NFOV]), strategy=Strategy.STAGGER)
    times = [CUTS.cut_us(sub) for sub, _ in delays(planned)]
    assert times == pytest.approx([0, 8333.3, 16666.7, 25000], abs=0.1)
    assert depth(planned) == [0] * 4


@pytest.mark.parametrize("count", range(2, 11))
def test_stagger_stays_near_even_captures(count):
    planned = plan(make_rig([NFOV] * count), strategy=Strategy.STAGGER)
    for number, (sub, _) in enumerate(delays(planned)):
        assert abs(CUTS.cut_us(sub) - number * 1e6 / 30 / count) < 300, "two lasers' room"


@pytest.mark.parametrize(
    ("fps", "mode", "expected"),
    [
        (30, NFOV, (10, 20)),
        (15, NFOV, (10, 40)),
        (5, NFOV, (10, 140)),
        (15, WFOV, (16, 40)),
        (5, WFOV, (16, 128)),
    ],
)
def test_capacity(fps, mode, expected):
    rig = make_rig([mode] * 2, fps=fps)
    assert capacity_of(rig, DepthMode(mode), PlanRequest()) == expected


@pytest.mark.parametrize(("fps", "mode", "extra"), [(30, NFOV, 21), (15, WFOV, 41)])
def test_capacity_is_what_can_be_planned(fps, mode, extra):
    assert plan(make_rig([mode] * (extra - 1), fps=fps)).check.smallest.gap_us >= 30
    with pytest.raises(DoesNotFit):
        plan(make_rig([mode] * extra, fps=fps))


@pytest.mark.parametrize(
    ("rig", "request_", "pieces", "what"),
    [
        (
            make_rig([NFOV] * 21),
            {},
            ["20 in nfov_unbinned fit", "--min-gap-us 16", "fps: 15"],
            "too many",
        ),
        (
            make_rig([NFOV] * 3, delays={1: (0, 100), 2: (0, 200)}),
            {},
            ["d1 and d2 overlap", "--replan"],
            "fixed",
        ),
        (
            make_rig([NFOV] * 3),
            {"max_delay_us": 200},
            ["leave `--max-delay-us` out", "keep the first 2"],
            "short",
        ),
        (make_rig([WFOV] * 4, fps=15), {"min_gap_us": 3000}, ["wfov_2x2binned", "fps: 5"], "long exposures"),
        (
            make_rig([NFOV] * 4, fps=15, hardware="femto"),
            {"min_gap_us": 5000},
            ["2 of the 4"],
            "Femto: 33333 µs",
        ),
        (
            make_rig([NFOV] * 3, fps=15, hardware="femto"),
            {"strategy": Strategy.STAGGER},
            ["captures of d2", "44444", "33333", "--strategy interleave"],
            "a third of a period is more than a Femto takes",
        ),
        (make_rig([NFOV], topology="standalone"), {}, ["follow no pulse", "daisy_chain"], "no pulse"),
    ],
)
def test_refusals_say_what_would_fit(rig, request_, pieces, what):
    with pytest.raises(UsageError) as refused:
        plan_or_explain(rig, PlanRequest(**request_))
    for piece in pieces:
        assert piece in str(refused.value), what


def test_negative_delays_of_the_rig_are_kept_and_none_is_planned():
    planned = plan(make_rig([NFOV] * 4, delays={0: (0, -80)}))
    assert depth(planned)[0] == -80
    assert min(depth(planned)[1:]) >= 0


def test_report_tells_delays_before_and_after_quantisation():
    report = report_plan(plan(make_rig([NFOV, NFOV, PASSIVE])))
    second, passive = report.devices[1:]
    assert (second.laser_start_us, second.laser_end_us) == (160 - 6362.5, 160 + 6362.5)
    assert second.quantised.depth_delay_off_color_usec == pytest.approx(155.556)
    assert second.quantised.laser_start_us == pytest.approx(155.556 - 6362.5)
    assert (report.min_gap_us, report.unquantised_min_gap_us) == (30.556, 35)
    assert (passive.laser_start_us, passive.quantised.laser_end_us) == (None, None)


# -- `even` is optimal -----------------------------------------------------------------------------------


def best_within_a_pitch(mode: str, fps: int, count: int) -> float:
    """Try every place on the tick grid within one pitch for every device but the first."""
    places = np.arange(int(PITCH_US[mode] * 0.09) + 1)
    grids = np.meshgrid(*[places] * (count - 1), indexing="ij", sparse=True)
    table = gap_table_us(mode, mode, fps, np.arange(-places[-1], places[-1] + 1))
    first = np.zeros((1,) * (count - 1), int)
    gaps = [table[b - a + places[-1]] for a, b in combinations([first, *grids], 2)]
    best = gaps[0]
    for gap in gaps[1:]:
        best = np.minimum(best, gap)
    return float(best.max())


@pytest.mark.parametrize(("mode", "fps"), [(NFOV, 30), (NFOV, 5), (WFOV, 15)])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_even_equals_brute_force_within_a_pitch(mode, fps, count):
    planned = plan(make_rig([mode] * count, fps=fps), spacing=Spacing.EVEN)
    assert planned.optimal
    assert planned.check.smallest.gap_us == pytest.approx(best_within_a_pitch(mode, fps, count))


def best_in_the_period(modes, fps) -> float:
    """Try every place on the tick grid in the whole period for three devices, the first at 0."""
    every = np.arange(TICKS[fps])
    first_second = gap_table_us(modes[0], modes[1], fps, every)
    first_third = gap_table_us(modes[0], modes[2], fps, every)
    second_third = gap_table_us(modes[1], modes[2], fps, every)
    best = -125.0
    for place in np.flatnonzero(first_second > 0):
        others = np.minimum(first_third, np.roll(second_third, place))
        best = max(best, float(np.minimum(others, first_second[place]).max()))
    return best


@pytest.mark.parametrize(
    ("modes", "min_gap_us", "what"),
    [
        ([NFOV, WFOV, NFOV], 30, "mixed pitches use the whole period"),
        ([WFOV, NFOV, WFOV], 30, "and the other way round"),
        ([NFOV, NFOV, NFOV], 500, "three do not leave 500 µs within a pitch"),
    ],
)
def test_even_equals_brute_force_in_the_period(modes, min_gap_us, what):
    planned = plan(make_rig(modes, fps=15), spacing=Spacing.EVEN, min_gap_us=min_gap_us)
    assert planned.optimal
    assert planned.check.smallest.gap_us == pytest.approx(best_in_the_period(modes, 15)), what


def test_even_spends_no_room_on_those_who_share_no_view():
    ring = tuple(devices_of(n, (n + 1) % 5) for n in range(5))
    planned = plan(make_rig([NFOV] * 5, overlaps=ring), spacing=Spacing.EVEN)
    assert planned.optimal
    # An odd ring of five needs two and a half places on the circle of the pitch: 2/5 of 141.75 ticks.
    assert planned.check.smallest.gap_us == pytest.approx(56 * 100 / 9 - 125, abs=12)


# -- properties ------------------------------------------------------------------------------------------

MODES = st.sampled_from([*PITCH_US, PASSIVE])


@st.composite
def rigs(draw, most=10):
    fps = draw(st.sampled_from([30, 15, 5]))
    modes = draw(st.lists(MODES.filter(lambda mode: fps < 30 or mode != WFOV), min_size=2, max_size=most))
    names = st.sampled_from(range(len(modes)))
    groups = draw(st.lists(st.lists(names, min_size=1, max_size=most, unique=True), max_size=3))
    depth_only = draw(st.sets(names.filter(bool), max_size=2)) if len(modes) > 1 else set()
    fixed = draw(st.dictionaries(names, st.integers(-2000, 30_000), max_size=2))
    fixed = {n: (0, us) for n, us in fixed.items() if n not in depth_only and modes[n] != "off"}
    hardware = draw(st.sampled_from(["azure_kinect", "azure_kinect", "femto"]))
    return make_rig(
        modes,
        fps=fps,
        color_off=depth_only,
        delays=fixed,
        overlaps=tuple(devices_of(*group) for group in groups),
        hardware=hardware,
    )


REQUESTS = st.builds(
    PlanRequest,
    strategy=st.sampled_from(Strategy),
    spacing=st.sampled_from(Spacing),
    min_gap_us=st.sampled_from([0, 30, 30, 35, 100, 1000]),
    replan=st.booleans(),
)


@settings(max_examples=80, deadline=None)
@given(rigs(), REQUESTS)
def test_plans_keep_lasers_apart_and_every_limit(rig, request_):
    try:
        planned = plan_offsets(rig, request_)
    except DoesNotFit:
        return
    broken = {problem.kind.code for problem in judge(planned.rig) if problem.kind.severity == "error"}
    assert broken <= {"too-many-devices", "serial-not-alphanumeric"} | {p.kind.code for p in judge(rig)}
    if rig.hardware == "azure_kinect":
        pairs = seen_together(rig)
        gap_us = smallest_gap_us(
            [str(rig.depth_mode_of(d)) for d in rig.devices], rig.camera.fps, centres(planned.rig), pairs
        )
        assert gap_us >= request_.min_gap_us - 1e-6
    for before, after in zip(rig.devices, planned.rig.devices, strict=True):
        if before.name in planned.kept:
            assert before == after
        else:
            given_us = after.subordinate_delay_off_master_usec, after.depth_delay_off_color_usec
            assert (
                min(given_us)
                == 0
                <= max(given_us)
                <= LIMITS_US[30 if rig.hardware == "femto" else rig.camera.fps]
            )
    assert plan_offsets(rig, request_) == planned, "the same question has one answer"


def seen_together(rig):
    groups = [set(group) for group in rig.overlaps]
    named = set().union(*groups)
    for a, b in combinations(range(len(rig.devices)), 2):
        pair = {f"d{a}", f"d{b}"}
        if not pair <= named or any(pair <= group for group in groups):
            yield a, b


def coarse_solution(modes, fps, pairs, min_gap_us, step) -> bool:
    """Search every place on a coarser grid for every device, the first at 0: slow, simple and complete."""
    places = np.arange(0, TICKS[fps], step)
    distances = places[None, :] - places[:, None]
    fits = {(a, b): gap_table_us(modes[a], modes[b], fps, distances) >= min_gap_us for a, b in pairs}

    def place(number: int, left: list) -> bool:
        if number == len(modes):
            return True
        for index in np.flatnonzero(left[number]):
            rest = list(left)
            for other in range(number + 1, len(modes)):
                if (number, other) in fits:
                    rest[other] = left[other] & fits[number, other][index]
            if all(mask.any() for mask in rest[number + 1 :]) and place(number + 1, rest):
                return True
        return False

    return place(0, [places == 0, *[np.ones(len(places), bool)] * (len(modes) - 1)])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_where_the_planner_refuses_there_is_nothing_on_a_coarser_grid(data):
    fps = data.draw(st.sampled_from([30, 15]))
    modes = data.draw(
        st.lists(st.sampled_from([NFOV, WFOV] if fps == 15 else [NFOV]), min_size=2, max_size=5)
    )
    min_gap_us = data.draw(st.integers(200, 8000))
    every = list(combinations(range(len(modes)), 2))
    pairs = data.draw(st.lists(st.sampled_from(every), unique=True, min_size=1))
    groups = tuple(devices_of(a, b) for a, b in pairs) + tuple(devices_of(n) for n in range(len(modes)))
    try:
        planned = plan(make_rig(modes, fps=fps, overlaps=groups), min_gap_us=min_gap_us)
    except DoesNotFit:
        assert not coarse_solution(modes, fps, pairs, min_gap_us, step=30)
    else:
        assert smallest_gap_us(modes, fps, centres(planned.rig), pairs) >= min_gap_us - 1e-6


def test_dozens_of_cameras_are_planned_by_who_sees_the_same_scene() -> None:
    """Nine lasers fit into a train, and only those of a scene have to be apart."""
    rig = chains_36()
    plan = plan_offsets(rig, PlanRequest(replan=True))
    gap = plan.check.smallest
    assert gap is not None
    assert gap.gap_us >= 30
    by_chain = [
        [device.depth_delay_off_color_usec for device in plan.rig.devices if device.name in chain]
        for chain in rig.chains
    ]
    assert by_chain == [[160 * place for place in range(9)]] * 4


def test_cameras_that_all_see_the_same_scene_are_shown_what_would_fit() -> None:
    rig = chains_36(overlaps=[])
    with pytest.raises(UsageError) as refused:
        plan_or_explain(rig, PlanRequest(replan=True))
    (finding,) = refused.value.findings
    assert "20 in nfov_2x2binned fit that see the same volume" in finding.what
    assert "a group for each chain would fit" in (finding.remedy or "")


@pytest.mark.parametrize("reach", [3, 9])
def test_scenes_that_overlap_in_a_ring_are_planned(reach: int) -> None:
    """Each camera shares its view with its neighbours, round the whole ring of 36."""
    names = [device.name for device in chains_36().devices]
    ring = [[names[(start + step) % 36] for step in range(reach)] for start in range(0, 36, reach // 3)]
    plan = plan_offsets(chains_36(overlaps=ring), PlanRequest(replan=True, spacing=Spacing.EVEN))
    assert plan.check.smallest is not None
    assert plan.check.smallest.gap_us >= 30
