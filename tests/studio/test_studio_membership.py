"""Which hosts of a rig may be dialled, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.errors import RigError
from kinect_sync.rig.model import HostSpec
from kinect_sync.studio.membership import addresses_of
from tests.studio.studios import MadeStudio


@pytest.fixture
def studio(tmp_path: Path) -> MadeStudio:
    made = MadeStudio(tmp_path)
    made.add("host-b", "10.0.0.12", 7447)
    made.add("host-c", "camera-pc", 7448)
    return made


def test_hosts_are_dialled_where_both_know_them(studio: MadeStudio) -> None:
    hosts = {"host-c": HostSpec(address="camera-pc", port=7448)}
    assert addresses_of(studio.director, hosts) == {"host-c": studio.director.studio.hosts["host-c"]}
    assert addresses_of(studio.director, {}) == {}


def test_all_hosts_that_can_not_be_are_told_at_once(studio: MadeStudio) -> None:
    hosts = {
        "host-b": HostSpec(address="10.0.0.13"),
        "host-c": HostSpec(address="camera-pc"),
        "host-d": HostSpec(address="10.0.0.14"),
    }
    with pytest.raises(RigError) as caught:
        addresses_of(studio.director, hosts)
    assert [(finding.code, finding.field) for finding in caught.value.findings] == [
        ("host-elsewhere", "hosts.host-b"),
        ("host-elsewhere", "hosts.host-c"),
        ("host-unknown", "hosts.host-d"),
    ]
    assert "--port 7447 --renew" in str(caught.value.findings[1])
    assert "ksync hosts add host-d 10.0.0.14" in str(caught.value.findings[2])
