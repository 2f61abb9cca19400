"""Recordings on other hosts, looked at without their images: an inspection needs their times alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from kinect_sync.at_once import at_once
from kinect_sync.benches.reaching import Reach
from kinect_sync.errors import BenchError, KsyncError
from kinect_sync.hosts.host_files import HostFiles, Patience
from kinect_sync.hosts.session import Gathering
from kinect_sync.studio.extra import require_hosts_extra
from kinect_sync.studio.folders import read_studio
from kinect_sync.takes.elsewhere import hosts_of_files
from kinect_sync.takes.manifest import Manifest, TakeDevice
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.mkv.reader import Recording
from kinect_sync.takes.names import best_of
from kinect_sync.takes.recording_times import unpack_times
from kinect_sync.wire.lines import DirectorLine

APPEAR_S = 1.0
"""How long hosts are waited for: who looks at a take may be far from them."""


def recordings_elsewhere(paths: Sequence[Path], studio: Path) -> dict[str, Recording]:
    """Return by device the recordings of a take that are on other hosts, of those that answer.

    Who does not, or can't be asked, is left out: that its file is elsewhere is told by whoever looks at it.
    """
    if len(paths) != 1:
        return {}
    try:
        manifest = read_manifest(paths[0])
        missing = _missing(paths[0], manifest)
        if not missing:
            return {}
        require_hosts_extra()
        owner = read_studio(studio)
    except (OSError, KsyncError):
        return {}
    hosts = {host for host in missing.values() if host in owner.studio.hosts}
    reach = Reach(owner, {host: owner.studio.hosts[host] for host in hosts})
    gathering = Gathering(sorted(hosts))
    with closing(reach.dial_once(gathering.hear, gathering.notice)) as line:
        with suppress(BenchError):
            gathering.wait(line, APPEAR_S, reach.explain)
        away = [device for device in manifest.devices if device.file in missing]
        return _ask(line, reach, paths[0], manifest.name, away)


def _missing(folder: Path, manifest: Manifest) -> dict[str, str]:
    """Return the files that are on other hosts alone, each with its host."""
    hosts = hosts_of_files(manifest)
    return {file: host for file, host in hosts.items() if not best_of(folder / file).exists()}


def _ask(
    line: DirectorLine, reach: Reach, folder: Path, take: str, devices: Sequence[TakeDevice]
) -> dict[str, Recording]:
    """Ask all hosts at once for what these devices recorded."""
    there = {
        each.settings.name: each
        for each in devices
        if each.host in reach.addresses and line.is_present(each.host or "")
    }

    patience = Patience(limit_s=0.0)

    def look(name: str) -> Recording | None:
        device = there[name]
        files = HostFiles(device.host or "", take, line, reach.explain, patience)
        try:
            return unpack_times(files.times(device.file), folder / device.file)
        except (KsyncError, ValueError):
            return None

    return {
        name: found for name, found in at_once(there, look, patience.halt.set).items() if found is not None
    }
