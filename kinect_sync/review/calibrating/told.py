"""A judgement in the words of an operator: findings, and the verdict that they amount to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.solving.judgement import Fault, FaultKind, Judgement
from kinect_sync.calibration.solving.solution import Solution, Unreached
from kinect_sync.calibration.views import Camera
from kinect_sync.findings import Finding, has_errors
from kinect_sync.findings.calibration import (
    BOARD_AMBIGUOUS,
    BOARD_BENT,
    BOARD_MIRRORED,
    BOARD_NOT_SEEN,
    BOARD_SCALE_OFF,
    BOARD_UNMEASURED,
    CAMERA_BUMPED,
    CAMERA_CONTRADICTED,
    DEPTH_BIASED,
    DEPTH_UNCOMPARED,
    DEPTH_UNTESTED,
    DEVICE_LOOSE,
    DEVICE_UNPROVEN,
    DEVICES_UNCONNECTED,
    FACTORY_POSE_OFF,
    LENS_OFF,
    PAIR_APART,
    PAIR_WEAK,
    TOO_FEW_POSES,
    VIEWS_LEFT_OUT,
)
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.review.calibrating.walk import Walk
from kinect_sync.verdicts import Verdict

APART_MM = 10.0
"""Half of the points of a board that two devices measure are nearer: a depth camera alone is off by up to
11 mm by its data sheet, and offsets take most of that away."""
MANY_LEFT_OUT = 0.4
"""Share of the corners of a camera; of a good walk hardly any is left out, and of few small images some."""
MOST_LEFT_OUT = 0.5
"""Share of a camera's corners from which on the others, and not these, may be what is wrong."""
LOOSE_MM = 10.0
"""A device that noise alone leaves so much to, against whichever other, stands nowhere in particular."""
FEWEST_SHARED = 3
"""With fewer poses in common with another device, hardly any is left to prove the others by."""


def findings_of(
    board: Board,
    geometries: Mapping[str, DeviceGeometry],
    solution: Solution,
    judgement: Judgement,
    seconds_of: Callable[[int], float],
) -> tuple[Finding, ...]:
    """Return all that is to be said of a calibration, what has to be mended first before the rest.

    Where a camera was bumped, what follows from that is not told: nothing fits then.
    """
    unreached = {each.name: each for each in solution.unreached}
    told = [_told(fault, board, unreached, solution, seconds_of) for fault in judgement.faults]
    if judgement.of_kind(FaultKind.CAMERA_MOVED):
        return (*told, *_untested(geometries, solution))
    return (
        *told,
        *_apart(judgement),
        *_loose(judgement, solution),
        *_unmeasured(board, solution, judgement),
        *_untested(geometries, solution),
        *_left_out(solution),
    )


def verdict_of(findings: Sequence[Finding], solution: Solution) -> Verdict:
    """Return what the findings amount to: a device that is missing spoils nothing of the others."""
    others = [each for each in findings if each.kind is not DEVICES_UNCONNECTED]
    if has_errors(others) or len(solution.devices) < 2 <= len(solution.devices) + len(solution.unreached):
        return Verdict.BAD
    return Verdict.INCOMPLETE if has_errors(findings) else Verdict.GOOD


def ambiguous(board: Board) -> Iterator[Finding]:
    """Say so where nobody can tell how the board is turned."""
    if board.is_ambiguous:
        ways = "any quarter turn" if board.columns == board.rows else "half a turn"
        what = f"the board {board.id} looks the same after {ways}: nobody can tell which corner is the first"
        yield BOARD_AMBIGUOUS.found(what)


def not_seen(board: Board, walk: Walk) -> Finding:
    """Say that nobody saw the board, or that no two devices did, and what was seen instead."""
    if walk.mirrored:
        what = f"the board {board.id} was seen by nobody, and its mirror image was"
        return BOARD_MIRRORED.found(what)
    if not walk.looked:
        what = f"no camera saw the board {board.id} in any of the images that were looked at"
        return BOARD_NOT_SEEN.found(what)
    seen = Counter(view.device for view in walk.looked)
    if len(walk.geometries) == 1:
        what = (
            "the take is of one device, of which the color camera is calibrated against the IR camera alone: "
            "both saw the board at too few pulses"
        )
        return TOO_FEW_POSES.found(what, device=next(iter(walk.geometries)))
    counts = ", ".join(f"{name} {seen[name]}" for name in walk.geometries)
    return TOO_FEW_POSES.found(f"the board was seen at too few pulses by two devices at once: {counts}")


# --- faults -----------------------------------------------------------------------------------------------


def _told(
    fault: Fault,
    board: Board,
    unreached: Mapping[str, Unreached],
    solution: Solution,
    seconds_of: Callable[[int], float],
) -> Finding:
    match fault.kind:
        case FaultKind.UNCONNECTED:
            return _unconnected(fault, unreached, solution)
        case FaultKind.CAMERA_MOVED:
            when = "" if fault.pulse is None else f" at {seconds_of(fault.pulse):.1f} s (pulse {fault.pulse})"
            what = f"it was moved{when}: what it sees of the board is {fault.value:.1f} mm off since"
            if fault.other is not None:
                what += f"; or {fault.other} was: too few others see what the two do"
            return CAMERA_BUMPED.found(what, device=fault.device)
        case FaultKind.BOARD_SCALE:
            return _scale(fault, board)
        case FaultKind.WEAK_PAIR:
            what = f"to {fault.other} it stands within {fault.value:.1f} mm by noise alone: they share little"
            return PAIR_WEAK.found(what, device=fault.device)
        case FaultKind.FACTORY_POSE:
            return _factory_pose(fault)
        case _:
            return _in_numbers(fault)


def _in_numbers(fault: Fault) -> Finding:
    """Tell faults whose number says all."""
    value = fault.value
    camera = "depth" if fault.camera is Camera.DEPTH else "color"
    kind, what = {
        FaultKind.TOO_FEW_POSES: (
            TOO_FEW_POSES,
            f"two devices or more saw the board in {value:.0f} places, and {fault.limit:.0f} are the least",
        ),
        FaultKind.BOARD_MIRRORED: (
            BOARD_MIRRORED,
            f"{100 * value:.0f} % of the sights show the board as in a mirror",
        ),
        FaultKind.BOARD_BENT: (BOARD_BENT, f"the board stands {abs(value):.1f} mm out of its plane"),
        FaultKind.FACTORY_LENS: (
            LENS_OFF,
            f"the lens of its {camera} camera is {abs(value):.2g} {fault.unit} off what its factory says",
        ),
        FaultKind.DEPTH_OFFSET: (
            DEPTH_BIASED,
            f"its depth is {abs(value):.1f} mm too {'far' if value > 0 else 'near'}",
        ),
    }[fault.kind]
    return kind.found(what, device=fault.device)


def _unconnected(fault: Fault, unreached: Mapping[str, Unreached], solution: Solution) -> Finding:
    device = unreached[str(fault.device)]
    if not device.pulses:
        what = "it never saw the board in a pulse that was looked at"
        return DEVICES_UNCONNECTED.found(what, device=device.name, remedy=_LOOK)
    others = ", ".join(solution.devices) or "the others"
    what = f"it saw the board at {device.pulses} pulses, and at none of them did {others} see it"
    if device.shares_with:
        what += f"; with {', '.join(device.shares_with)} it shares some"
    return DEVICES_UNCONNECTED.found(what, device=device.name)


_LOOK = "see that it looks to where the board is carried, and is not covered"


def _scale(fault: Fault, board: Board) -> Finding:
    true_mm = 1000 * board.square_m * (1 + fault.value / 100)
    word = "larger" if fault.value > 0 else "smaller"
    what = (
        f"by the depth cameras, the board is {abs(fault.value):.2f} % {word} than it says: its squares "
        f"measure {true_mm:.2f} mm and not {1000 * board.square_m:g}"
    )
    return BOARD_SCALE_OFF.found(what)


def _factory_pose(fault: Fault) -> Finding:
    off = f"{fault.value:.2f}°" if fault.unit == "degrees" else f"{fault.value:.1f} {fault.unit}"
    turned = "turned by" if fault.unit == "degrees" else "shifted by"
    what = f"its color camera is {turned} {off} against where its factory calibration says it is"
    return FACTORY_POSE_OFF.found(what, device=fault.device)


# --- the rest ---------------------------------------------------------------------------------------------


def _apart(judgement: Judgement) -> Iterator[Finding]:
    for pair in judgement.pairs:
        if pair.depth_mm is not None and pair.depth_mm > APART_MM:
            what = (
                f"it and {pair.second} measure the same board {pair.depth_mm:.0f} mm apart (median of "
                f"held-out poses), and {APART_MM:.0f} mm is the most"
            )
            yield PAIR_APART.found(what, device=pair.first)


def _loose(judgement: Judgement, solution: Solution) -> Iterator[Finding]:
    """Say who stands anywhere by noise alone, and of whom nothing proves where it stands."""
    for name in solution.devices:
        pairs = [pair for pair in judgement.pairs if name in (pair.first, pair.second)]
        if not pairs:
            continue
        sigma_mm, shared = min(pair.sigma_mm for pair in pairs), max(pair.shared for pair in pairs)
        if sigma_mm > LOOSE_MM:
            what = f"by noise alone it stands within {sigma_mm:.0f} mm to any other device"
            yield DEVICE_LOOSE.found(f"{what}, and {LOOSE_MM:.0f} mm is the most", device=name)
        elif shared < FEWEST_SHARED:
            what = f"it shares no more than {shared} poses with any other device: nothing proves its place"
            yield DEVICE_UNPROVEN.found(what, device=name)


def _unmeasured(board: Board, solution: Solution, judgement: Judgement) -> Iterator[Finding]:
    """Say that nobody measured the board, or no two devices the same: what then nothing tells."""
    if solution.board_scale_sigma is None:
        what = f"no depth camera measured the board: that its squares are {1000 * board.square_m:g} mm is its"
        yield BOARD_UNMEASURED.found(f"{what} word alone, and all distances are off by what that is off")
    elif judgement.depth_mm is None and len(solution.devices) > 1:
        what = "no two devices measured the same board at a pose that was held out: nothing tells how well "
        yield DEPTH_UNCOMPARED.found(f"{what}their clouds fit")


def _untested(geometries: Mapping[str, DeviceGeometry], solution: Solution) -> Iterator[Finding]:
    """Say whose depth nobody could measure, where others' could be."""
    measured = {name for name, each in solution.devices.items() if each.depth_offset_sigma_mm is not None}
    for name in solution.devices:
        if measured and name not in measured and geometries[name].depth is not None:
            yield DEPTH_UNTESTED.found(
                "its depth saw too little of the board to say how far it is off", device=name
            )


def _left_out(solution: Solution) -> Iterator[Finding]:
    for device in solution.devices.values():
        for camera, each in device.cameras.items():
            share = each.rejected / max(each.corners + each.rejected, 1)
            if share > MANY_LEFT_OUT:
                what = f"{100 * share:.0f} % of the corners in its {camera.value} images fit with nothing"
                kind = CAMERA_CONTRADICTED if share > MOST_LEFT_OUT else VIEWS_LEFT_OUT
                yield kind.found(what, device=device.name)
