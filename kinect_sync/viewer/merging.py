"""One bundle of several computers: what other hosts show, put where the take says that their devices are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kinect_sync.viewer.bundle import Bundle, Wanted, joined
from kinect_sync.viewer.head import DeviceHead, PictureHead, Sign, ViewState
from kinect_sync.viewer.shots import Part
from kinect_sync.viewer.signs import laser_hint, ordered, picture_signs, recording_signs
from kinect_sync.viewer.sources import Sighted

KINDS = ("color", "depth", "ir")
"""The pictures of a device, as its head names them."""


class ShownElsewhere(NamedTuple):
    """A device as its host showed it."""

    head: DeviceHead
    pictures: Mapping[str, bytes]
    """By kind; without what there is none of."""
    received_s: float
    """When, on the viewer's steady clock: how old it is, the host's own clock has said then."""


def shown_in(
    bundle: Bundle, received_s: float, before: Mapping[str, ShownElsewhere]
) -> dict[str, ShownElsewhere]:
    """Return what a host showed, by device; pictures that it did not send again are those from `before`.

    ValueError where it counts bytes that are not there.
    """
    content = joined(bundle.payload)
    shown = {}
    for head in bundle.head.devices:
        known = before[head.name].pictures if head.name in before else {}
        found = ((kind, _picture(head, kind, content, known)) for kind in KINDS)
        pictures = {kind: picture for kind, picture in found if picture is not None}
        shown[head.name] = ShownElsewhere(head, pictures, received_s)
    return shown


def _picture(head: DeviceHead, kind: str, content: bytes, known: Mapping[str, bytes]) -> bytes | None:
    told: PictureHead | None = getattr(head, kind)
    if told is None or told.broken is not None:
        return None
    if told.same:
        return known.get(kind)
    if not 0 <= told.offset <= told.offset + told.nbytes <= len(content):
        raise ValueError(f"the {kind} of `{head.name}` is not in the bundle")
    return content[told.offset : told.offset + told.nbytes]


def merged(
    bundle: Bundle,
    shown: Mapping[str, ShownElsewhere],
    signs: tuple[Sign, ...],
    wanted: Wanted,
    now_s: float,
) -> Bundle:
    """Return a bundle with what other hosts showed of the devices that are theirs, and with more signs."""
    payload, devices, changed = list(bundle.payload), [], []
    for here in bundle.head.devices:
        there, seen = shown.get(here.name), bundle.seen.get(here.name)
        if there is None or seen is None or not here.elsewhere or not _is_asked_for(there, seen, wanted):
            devices.append(here)
            continue
        changed.append(_merged(here, there, payload, wanted, now_s))
        devices.append(_judged(changed[-1], seen))
    whole, state = bundle.head.whole, bundle.head.state
    goes_on = state in (ViewState.RECORDING, ViewState.SHOWN)
    silent = recording_signs(changed, kept=state is ViewState.RECORDING) if goes_on else ()
    found = (*picture_signs(changed), *silent)
    whole = whole.model_copy(update={"signs": ordered((*signs, *whole.signs, *found))})
    head = bundle.head.model_copy(update={"devices": tuple(devices), "whole": whole})
    return Bundle(head, tuple(payload), bundle.seen)


def _is_asked_for(there: ShownElsewhere, seen: Sighted, wanted: Wanted) -> bool:
    """Tell whether a host showed the pulse that is wanted: it shows the newest, and knows of no pulses."""
    stamp = there.head.stamp
    return wanted.pulse is None or (stamp is not None and seen.pulse_of(stamp) == wanted.pulse)


def _judged(head: DeviceHead, seen: Sighted) -> DeviceHead:
    """Add what only the take knows: the pulse of a capture, and whose lasers it may have met."""
    pulse = None if head.stamp is None else seen.pulse_of(head.stamp)
    return head.model_copy(update={"pulse": pulse, "hint": laser_hint(head.depth, seen.meets)})


def _merged(
    here: DeviceHead, there: ShownElsewhere, payload: list[Part], wanted: Wanted, now_s: float
) -> DeviceHead:
    head = there.head
    age_s = None if head.age_s is None else round(head.age_s + max(0.0, now_s - there.received_s), 3)
    changes: dict[str, Any] = {"stamp": head.stamp, "age_s": age_s, "elsewhere": False}
    changes["problem"] = here.problem or head.problem
    same = head.stamp is not None and wanted.since.get(here.name) == head.stamp
    for kind in KINDS:
        told: PictureHead | None = getattr(head, kind)
        if told is None or (kind == "ir" and here.name not in wanted.ir):
            continue
        picture = there.pictures.get(kind)
        if picture is None and told.broken is None:
            continue
        place = {"offset": sum(map(len, payload)), "nbytes": len(picture or b""), "same": same}
        if picture is None or same:
            place |= {"offset": 0, "nbytes": 0}
        else:
            payload.append(picture)
        changes[kind] = told.model_copy(update=place)
    return here.model_copy(update=changes)
