"""A rig over three computers that is shown before a take: each host shows its own, to whoever looks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from kinect_sync.benches.reaching import Reached
from kinect_sync.benches.simulation import simulation
from kinect_sync.benches.viewing import Elsewhere
from kinect_sync.director.observer import Observer, Snapshot
from kinect_sync.director.run import RunPlan
from kinect_sync.survey.showing import show_rig
from kinect_sync.verdicts import Verdict
from kinect_sync.viewer.bundle import Bundle, Wanted, make_bundle
from kinect_sync.viewer.shown_rig import ShownRig
from tests.cli.commands import PATIENCE_S
from tests.director.scripted import chain
from tests.hosts.lines import unreachable
from tests.hosts.links import PLACES
from tests.hosts.studios import AgentStudio

pytestmark = pytest.mark.realtime
SMALL = Wanted(small=True)


class Viewer(Observer):
    """Looks at the page of the rig, and has one host go away when all were seen."""

    def __init__(self, folder: Path, studio: AgentStudio) -> None:
        self._studio = studio
        self._source = ShownRig(folder)
        self._elsewhere = Elsewhere(folder.name, self._reach)
        self.seen: Bundle | None = None
        """When all devices were seen."""
        self.parted: Bundle | None = None
        """When a host was away, and told so, and the others were seen all the same."""
        self.is_late = False

    @property
    def is_over(self) -> bool:
        return self.parted is not None or self.is_late

    def close(self) -> None:
        self._elsewhere.close()

    def on_change(self, snapshot: Snapshot) -> None:
        self.is_late = snapshot.elapsed_s > PATIENCE_S
        bundle = self._elsewhere.complete(make_bundle(self._source, Wanted(small=True)), Wanted(small=True))
        if (
            self.seen is None
            and len(bundle.head.devices) == 3
            and all(each.color for each in bundle.head.devices)
        ):
            self.seen = bundle
            self._studio.line.cut("host-c")
        is_told = any(sign.code == "host-unreachable" for sign in bundle.head.whole.signs)
        if self.seen is not None and is_told and all(each.color for each in bundle.head.devices[:2]):
            self.parted = bundle
            self._studio.line.heal("host-c")

    def _reach(self, _hosts: Sequence[str]) -> Reached:
        return Reached(self._studio.line.director(lambda *_: None, lambda *_: None), unreachable)


def test_whoever_looks_sees_the_devices_of_all_hosts_and_is_told_of_one_that_goes_away(
    tmp_path: Path,
) -> None:
    rig, folder = chain(camera={"depth_mode": "nfov_2x2binned"}), tmp_path / "ksync-rig-1"
    folder.mkdir()
    with (
        closing(AgentStudio(tmp_path, PLACES, through_json=True)) as studio,
        closing(Viewer(folder, studio)) as viewer,
        simulation(rig) as bench,
        studio.launcher(bench, None, None, published=folder) as (launch, hosts),
    ):
        report = show_rig(
            RunPlan(rig=rig), folder, launch, stopping=lambda: viewer.is_over, observers=[viewer], hosts=hosts
        )
    assert viewer.seen is not None
    assert {each.name: each.host for each in viewer.seen.head.devices} == {
        "front": None, "left": "host-b", "right": "host-c",
    }  # fmt: skip
    assert all(each.pulse is not None and each.pulse >= 0 for each in viewer.seen.head.devices)
    assert viewer.parted is not None
    front, left_device, _ = viewer.parted.head.devices
    assert front.color is not None
    assert left_device.color is not None
    assert report.verdict in (Verdict.GOOD, Verdict.BAD), "a busy machine may lose captures"
