"""take.json: every version that was ever written is read, and what is not one is told and not dumped."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.manifest import Host, Manifest, Rebuilt, Versions
from kinect_sync.takes.manifest_file import read_manifest, write_manifest
from kinect_sync.takes.names import MANIFEST, is_device_name, is_recording_name
from kinect_sync.takes.packing.packings import Packing
from tests.golden.archives import TAKES, by_name, files_of

Change = Callable[[dict[str, Any]], object]


def taken(folder: Path, name: str = "0.1.0/holes") -> Path:
    """Put the take.json of a golden take into a folder."""
    (archive,) = (each for each in TAKES if by_name(each) == name)
    (folder / MANIFEST).write_bytes(files_of(archive)[MANIFEST])
    return folder


@pytest.mark.parametrize("name", [by_name(each) for each in TAKES])
def test_a_manifest_of_the_version_before_is_read_and_written_the_same(tmp_path: Path, name: str) -> None:
    before = (taken(tmp_path, name) / MANIFEST).read_bytes()
    manifest = read_manifest(tmp_path)
    (tmp_path / MANIFEST).unlink()
    write_manifest(tmp_path, manifest)
    assert (tmp_path / MANIFEST).read_bytes() == before


def test_what_a_manifest_holds_are_values(tmp_path: Path) -> None:
    manifest = read_manifest(taken(tmp_path))
    assert manifest.versions == Versions(ksync="0.1.0", python="3.11.7", pyk4a_bundle="1.5.0")
    assert list(manifest.versions.named) == ["ksync", "python", "pyk4a-bundle"]
    assert isinstance(manifest.host, Host)
    assert isinstance(manifest.rig, RigFields)
    device = manifest.devices[0]
    assert device.firmware == Firmware(color="1.6.110", depth="1.6.80", audio="1.6.14")
    assert device.controls == Controls(exposure_us=8330, powerline_hz=60, gain=128, white_balance_k=None)
    assert device.jacks == Jacks(sync_in=False, sync_out=True)
    assert not manifest.rebuilt


def test_a_rebuilt_manifest_has_no_host(tmp_path: Path) -> None:
    manifest = read_manifest(taken(tmp_path, "0.1.0/rebuilt"))
    assert manifest.host == Rebuilt(rebuilt="from the recordings alone")
    assert manifest.rebuilt


def test_a_rig_that_only_another_version_knows_is_kept_as_it_is(tmp_path: Path) -> None:
    taken(tmp_path)
    content = json.loads((tmp_path / MANIFEST).read_text())
    content["rig"]["sun_dial"] = {"shadow": 7}
    (tmp_path / MANIFEST).write_text(json.dumps(content))
    manifest = read_manifest(tmp_path)
    assert manifest.rig_fields is None
    write_manifest(tmp_path, manifest)
    assert json.loads((tmp_path / MANIFEST).read_text()) == content


HOST_B = {
    "name": "host-b", "computer": "pc7", "clock": "a boot", "system": "Linux", "machine": "x86_64",
    "ksync": "0.2.0", "offsets": [{"monotonic_ns": 5, "offset_ns": -7, "uncertainty_ns": 3}],
}  # fmt: skip


def test_a_take_over_hosts_is_of_the_second_format_and_says_where_each_device_was(tmp_path: Path) -> None:
    taken(tmp_path)
    content = json.loads((tmp_path / MANIFEST).read_text())
    content |= {"format": 2, "hosts": [HOST_B]}
    content["devices"][1]["host"] = "host-b"
    (tmp_path / MANIFEST).write_text(json.dumps(content))
    manifest = read_manifest(tmp_path)
    assert [device.host for device in manifest.devices] == [
        None,
        "host-b",
        *[None] * (len(manifest.names) - 2),
    ]
    assert manifest.hosts[0].offsets[0].offset_ns == -7
    write_manifest(tmp_path, manifest)
    assert json.loads((tmp_path / MANIFEST).read_text()) == content


def test_a_take_that_names_a_calibration_is_of_the_third_format(tmp_path: Path) -> None:
    taken(tmp_path)
    content = json.loads((tmp_path / MANIFEST).read_text())
    content |= {"format": 3, "calibration": "rig_calibration.json"}
    (tmp_path / MANIFEST).write_text(json.dumps(content))
    manifest = read_manifest(tmp_path)
    assert manifest.calibration == "rig_calibration.json"
    write_manifest(tmp_path, manifest)
    assert json.loads((tmp_path / MANIFEST).read_text()) == content


def test_a_take_whose_recordings_are_packed_is_of_the_fourth_format(tmp_path: Path) -> None:
    taken(tmp_path)
    content = json.loads((tmp_path / MANIFEST).read_text())
    content |= {"format": 4}
    content["devices"][0]["packing"] = "png"
    (tmp_path / MANIFEST).write_text(json.dumps(content))
    manifest = read_manifest(tmp_path)
    assert [device.packing for device in manifest.devices[:2]] == [Packing.PNG, None]
    write_manifest(tmp_path, manifest)
    assert json.loads((tmp_path / MANIFEST).read_text()) == content


def put(path: str, value: object) -> Change:
    """Change a field, as `devices.0.file`."""

    def change(content: dict[str, Any]) -> None:
        at: Any = content
        *places, last = [int(word) if word.isdigit() else word for word in path.split(".")]
        for place in places:
            at = at[place]
        at[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        pytest.param(put("format", 5), "take-newer", "has format 5, and this ksync knows formats up to 4",
                     id="a later format"),
        pytest.param(put("format", 0), "take-broken", "format: Input should be 1, 2, 3 or 4", id="no format"),
        pytest.param(put("format", 3), "take-broken", "format 3 has a calibration", id="without one"),
        pytest.param(put("calibration", "rig_calibration.json"), "take-broken", "format 3 has a calibration",
                     id="a calibration in format 1"),
        pytest.param(put("calibration", "../c.json"), "take-broken", "calibration: Input should be",
                     id="a calibration elsewhere"),
        pytest.param(put("format", 2), "take-broken", "format 2 has hosts", id="format 2 without hosts"),
        pytest.param(put("devices.0.packing", "png"), "take-broken", "format 4 has a packing",
                     id="a packing in format 1"),
        pytest.param(put("devices.0.host", "pc"), "take-broken", "`pc` is no host", id="no such host"),
        pytest.param(put("shiny", True), "take-broken", "shiny: Extra inputs", id="an unknown field"),
        pytest.param(put("\x1b[2J", 1), "take-broken", r"\x1b[2J: Extra", id="an escape sequence"),
        pytest.param(put("devices.0.file", "../x.mkv"), "take-broken", "`../x.mkv` can't be", id="a path"),
        pytest.param(put("devices.0.file", "/x.mkv"), "take-broken", "`/x.mkv` can't be", id="from the root"),
        pytest.param(put("devices.0.file", "C:x.mkv"), "take-broken", "`C:x.mkv` can't be", id="a drive"),
        pytest.param(put("devices.0.file", "take.json"), "take-broken", "`take.json` can't", id="another"),
        pytest.param(put("devices.1.settings.name", "../../left"), "take-broken", "`../../left` can't be",
                     id="a device named as a path"),
        pytest.param(put("devices.1.settings.name", "nul"), "take-broken", "`nul` can't be", id="reserved"),
        pytest.param(put("devices.1.settings.name", "front"), "take-broken", "`front` stands for two",
                     id="a device twice"),
        pytest.param(put("devices.1.file", "front.mkv"), "take-broken", "`front.mkv` stands for two",
                     id="a file twice"),
    ],
)  # fmt: skip
def test_what_is_no_manifest_of_this_version_is_told_in_a_sentence(
    tmp_path: Path, change: Change, code: str, told: str
) -> None:
    taken(tmp_path)
    content = json.loads((tmp_path / MANIFEST).read_text())
    change(content)
    (tmp_path / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(UsageError) as raised:
        read_manifest(tmp_path)
    (finding,) = raised.value.findings
    assert finding.code == code
    assert told in finding.what
    assert "\n" not in finding.what


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are those of POSIX")
def test_nothing_but_a_file_is_read_as_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / MANIFEST).symlink_to(taken(tmp_path / "elsewhere") / MANIFEST)
    with pytest.raises(OSError, match="no regular file"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).unlink()
    os.mkfifo(tmp_path / MANIFEST)
    with pytest.raises(OSError, match="no regular file"):
        read_manifest(tmp_path)


def test_a_disk_that_refuses_leaves_the_manifest_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_manifest(taken(tmp_path))

    def refuse(_fd: int) -> None:
        raise OSError("Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output"):
        write_manifest(tmp_path, before.model_copy(update={"name": "other"}))
    assert read_manifest(tmp_path) == before
    assert [each.name for each in tmp_path.iterdir()] == [MANIFEST]


def test_each_field_says_what_it_is() -> None:
    schema = Manifest.model_json_schema()
    models = [schema, *schema["$defs"].values()]
    undocumented = [
        f"{model['title']}.{name}"
        for model in models
        for name, field in model.get("properties", {}).items()
        if "description" not in field
    ]
    assert undocumented == []


@pytest.mark.parametrize("name", ["left", "front-left", "Cam_2", "9"])
def test_names_of_rig_files_are_names_of_devices(name: str) -> None:
    assert is_device_name(name)
    assert is_recording_name(f"{name}.mkv")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "-a", "a b", "ä", "CON", "a\n", "x" * 65])
def test_other_names_are_not(name: str) -> None:
    assert not is_device_name(name)


@pytest.mark.parametrize("name", ["a/b.mkv", "a\\b.mkv", "c:b.mkv", "a\x1b.mkv", ".mkv", "a.mp4", ""])
def test_what_leads_elsewhere_is_no_name_of_a_recording(name: str) -> None:
    assert not is_recording_name(name)
    assert is_recording_name("links vorn ä.mkv")
