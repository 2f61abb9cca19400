"""A rig before a take as a source of the view: what its run leaves is like a take, but for the pictures."""

from __future__ import annotations

from pathlib import Path

from kinect_sync.rig.modes import Role
from kinect_sync.viewer.head import DeviceHead, Head, ViewState, WholeHead
from kinect_sync.viewer.published import PublishedCamera
from kinect_sync.viewer.recorded_take import TakeSource
from kinect_sync.viewer.sources import Sight, Sighted
from kinect_sync.viewer.surroundings import HERE, Surroundings

APART = "each device by itself: nobody judges whether they are in sync"
EARLY = "too early to judge"
OVER = "the rig is not shown any more"


class ShownRig(TakeSource):
    """The folder in which the run of a rig is published, for as long as it is there."""

    def __init__(self, folder: Path, surroundings: Surroundings = HERE) -> None:
        """Look at `folder`."""
        super().__init__(folder, surroundings, PublishedCamera, kept=False)

    def look(self, pulse: int | None) -> Sight:  # noqa: ARG002 - only the newest is kept
        """Look at what each device gave last."""
        sight = super().look(None)
        head, devices = sight.head, sight.devices
        if head.state is ViewState.ENDED:
            return Sight(_ended(head), ())
        if head.state is ViewState.RECORDING:
            head = head.model_copy(update={"state": ViewState.SHOWN, "span": None})
        if _run_apart([each.head for each in devices], head.whole.rows):
            head = _with_words(head, head.state, APART)
            devices = tuple(_without_pulse(each) for each in devices)
        elif head.state is ViewState.SHOWN and head.whole.verdict is None:
            head = _with_words(head, head.state, EARLY)
        return Sight(head, devices)

    def _gone(self) -> Sight:
        """Say that it is over; the folder is removed then, as it is meant to be."""
        return self._without_devices(ViewState.ENDED, WholeHead(words=OVER))


def _ended(head: Head) -> Head:
    """Say that it is over: nothing was to be kept, so that nothing is missing."""
    whole = head.whole.model_copy(update={"signs": (), "verdict": None})
    return _with_words(head.model_copy(update={"whole": whole}), ViewState.ENDED, OVER)


def _with_words(head: Head, state: ViewState, words: str) -> Head:
    return head.model_copy(
        update={"state": state, "whole": head.whole.model_copy(update={"words": words}), "span": None}
    )


def _run_apart(devices: list[DeviceHead], rows: int | None) -> bool:
    """Tell whether no device gives another one pulses; a single one has rows where it is judged."""
    return (len(devices) > 1 or rows is None) and all(each.role == Role.STANDALONE for each in devices)


def _without_pulse(seen: Sighted) -> Sighted:
    """Return a device that counts for itself, so that its pulses are nobody else's."""
    head = seen.head.model_copy(update={"pulse": None, "tolerance_us": None})
    return Sighted(head, seen.shot, seen.meets)
