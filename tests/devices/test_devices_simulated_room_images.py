"""Images of a room on their way: drawn before, kept, and handed out pulse by pulse."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kinect_sync.devices.simulated.calibration import make_calibration
from kinect_sync.devices.simulated.faultfile import load_faults
from kinect_sync.devices.simulated.room.album import clear_old_albums
from kinect_sync.devices.simulated.room.description import WorldFields
from kinect_sync.devices.simulated.room.drawing import batches_of, begin_drawing, draw
from kinect_sync.devices.simulated.room.film import RoomFilm
from kinect_sync.devices.simulated.room.lenses import Lens
from kinect_sync.devices.simulated.room.plan import RoomPlan, albums_folder
from kinect_sync.devices.simulated.room.world import World
from kinect_sync.devices.simulated.world import build_world
from kinect_sync.errors import RigError
from kinect_sync.rig.loading import load_rig
from kinect_sync.rig.model import DeviceSettings, RigFields
from tests.devices.rooms import AT, SERIALS, pair_rig
from tests.devices.simulation import Simulation

CONFIGS = Path(__file__).parents[2] / "configs"
THERE = AT | {"position_m": [0.5, -0.2, 1.2]}
WALK = {"stations": [AT, THERE], "begins_s": 1.0, "hold_s": 0.6, "move_s": 0.8}
FIELDS = {"arc": {"angle_deg": 50}, "walk": WALK}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KSYNC_CACHE", str(tmp_path / "cache"))


def depth_rig() -> RigFields:
    """One device without color: the fastest to draw."""
    camera = {"fps": 5, "color_resolution": "off", "depth_mode": "nfov_2x2binned"}
    devices = [{"name": "front", "serial": SERIALS["front"], "role": "standalone"}]
    return RigFields.model_validate(
        {"name": "one", "topology": "standalone", "camera": camera, "devices": devices}
    )


def plan_of(rig: RigFields, **changes: Any) -> tuple[RoomPlan, dict[str, tuple[DeviceSettings, float]]]:
    fields = WorldFields.model_validate(FIELDS | changes)
    devices = tuple((device.name, device.serial) for device in rig.devices)
    plan = RoomPlan(fields=fields, devices=devices, albums=albums_folder())
    return plan, {device.name: (rig.settings_of(device), 0.0) for device in rig.devices}


def test_a_device_delivers_what_it_sees_of_the_room_at_each_pulse(tmp_path: Path) -> None:
    rig = pair_rig(depth_mode="nfov_2x2binned")
    world = World.of(WorldFields.model_validate(FIELDS), rig)
    bench = Simulation(tmp_path, rig, {"world": FIELDS})
    try:
        bench.start("left", "front")
        captures = bench.read("front", 10, timeout_ms=2000)
    finally:
        bench.close()
    assert len(captures) == 10
    pulses = [exposed.number for exposed in bench.truth("front") if exposed.fate == "delivered"]
    for capture, pulse in zip(captures, pulses, strict=True):
        assert capture.color is not None
        assert capture.depth is not None
        jpeg = capture.color.data.tobytes()
        assert b"ksync serial=%s capture=%d" % (SERIALS["front"].encode(), pulse) in jpeg[:80]
        wanted = np.asarray(Image.open(io.BytesIO(world.jpeg("front", pulse))))
        assert (np.asarray(Image.open(io.BytesIO(jpeg))) == wanted).all()
        assert (capture.depth.data == world.render("front", "depth", pulse)).all()
    assert len({capture.color.data.tobytes()[80:] for capture in captures if capture.color}) > 4


@pytest.mark.parametrize(("color_format", "shape"), [("nv12", (1080, 1280, 1)), ("bgra32", (720, 1280, 4))])
def test_color_comes_in_the_format_of_the_rig(color_format: str, shape: tuple[int, ...]) -> None:
    world = World.of(WorldFields.model_validate(FIELDS), pair_rig(color_format=color_format))
    image = RoomFilm(world.eye("front"), lambda number: number).color(0)
    assert image.shape == shape
    rgb = world.render("front", "color", 0).astype(float)
    gray = image[:720, :, 0] if color_format == "nv12" else image[..., :3].mean(axis=-1)
    assert np.corrcoef(gray.ravel(), rgb.mean(axis=-1).ravel())[0, 1] > 0.97


def test_an_imu_feels_what_pushes_it_up_in_its_room(tmp_path: Path) -> None:
    rig = depth_rig()
    truth = World.of(WorldFields.model_validate(FIELDS), rig).truth().devices["front"]
    bench = Simulation(tmp_path, rig.model_copy(update={"imu": True}), {"world": FIELDS})
    try:
        bench.start("front")
        bench.read("front", 3, timeout_ms=2000)
        samples = bench.devices["front"].get_imu_samples()
    finally:
        bench.close()
    felt = np.mean([sample.acc_m_s2 for sample in samples], axis=0)
    sensors = json.loads(make_calibration(SERIALS["front"]))["CalibrationInformation"]["InertialSensors"]
    imu_from_depth = np.reshape(sensors[1]["Rt"]["Rotation"], (3, 3))
    up = truth.world_from_depth[:3, :3] @ imu_from_depth.T @ felt
    assert up == pytest.approx([0, 0, 9.81], abs=0.08)


def test_without_a_world_nothing_of_a_room_is_there(tmp_path: Path) -> None:
    assert build_world(pair_rig(), tmp_path / "world").room is None


def test_what_was_drawn_is_not_drawn_again(tmp_path: Path) -> None:
    plan, settings = plan_of(depth_rig())
    batches = batches_of(plan, settings, pulses=7)
    begin_drawing(plan, settings)
    assert sum(map(draw, batches)) == 4  # it trembles for a second, and is moved at 1.2
    assert batches_of(plan, settings, pulses=7) == []
    folder = World(plan).eye("front", *settings["front"]).album("depth").folder
    assert folder is not None
    assert folder.parent == tmp_path / "cache" / "rooms"
    assert {path.name for path in folder.iterdir()} == {
        *("held-0-0", "held-0-1", "held-0-2"),
        *("moved-1200000", "room"),
    }
    rest = batches_of(plan, settings, pulses=None)
    assert {shot.name for batch in rest for _, _, shot in batch} == {
        "moved-1400000",
        "moved-1600000",
        *("held-1-0", "held-1-1", "held-1-2"),
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"board": {"printed_scale": 1.01}},
        {"typical_errors": {"depth_bias_mm": 4}},
        {"devices": {"front": {"bump": {}}}},
        {"walk": WALK | {"begins_s": 1.2}},
        {"walk": WALK | {"tremor_mm": 0}},
        {"cameras": {"depth_noise": 0}},
        {"seed": 5},
    ],
)
def test_other_images_are_kept_elsewhere(changes: dict[str, Any]) -> None:
    rig = depth_rig()
    (device,) = rig.devices
    folders = [
        World(plan_of(rig, **each)[0]).eye("front", rig.settings_of(device)).album("depth").folder
        for each in ({}, {}, changes)
    ]
    assert folders[0] == folders[1] != folders[2]


def test_albums_take_no_more_than_they_may(tmp_path: Path) -> None:
    hours_ago = time.time() - 7200
    for age, name in enumerate(("oldest", "older", "old")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "held-0").write_bytes(bytes(1000))
        os.utime(tmp_path / name, (0, hours_ago + age))
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "held-0").write_bytes(bytes(1000))
    clear_old_albums(tmp_path, most_bytes=2500)
    assert {path.name for path in tmp_path.iterdir()} == {"old", "used"}
    clear_old_albums(tmp_path, most_bytes=0)
    assert {path.name for path in tmp_path.iterdir()} == {"used"}, "one in use stays"
    clear_old_albums(tmp_path / "nowhere")


def test_a_world_that_places_an_unknown_device_is_refused(tmp_path: Path) -> None:
    faults = tmp_path / "world.yaml"
    faults.write_text("world:\n  devices:\n    lef: {looks_away: true}\n")
    with pytest.raises(RigError, match="did you mean `left`"):
        build_world(pair_rig(), tmp_path / "world", load_faults(faults))


@pytest.mark.parametrize("path", sorted((CONFIGS / "worlds").glob("*.yaml")), ids=lambda path: path.stem)
def test_each_example_is_a_room_for_the_rig_of_four(path: Path, tmp_path: Path) -> None:
    rig = load_rig(str(CONFIGS / "daisy_chain_4.yaml")).rig
    world = build_world(rig, tmp_path / "world", load_faults(path))
    assert world.room is not None
    assert path.read_text().startswith("# "), "an example says what it shows"


def seen_by(world: World) -> dict[str, set[int]]:
    """At which stations the color camera of each device sees most of the board, and not too steeply."""
    truth, seen = world.truth(), {}
    for name in world.names:
        eye, at = world.eye(name), truth.devices[name].world_from_color
        seen[name] = {
            station
            for station, board in enumerate(truth.stations)
            if board[:3, 2] @ (board[:3, 3] - at[:3, 3]) > 0.5 * np.linalg.norm(board[:3, 3] - at[:3, 3])
            and shown(
                eye.lens("color"), (truth.corners_m @ board[:3, :3].T + board[:3, 3] - at[:3, 3]) @ at[:3, :3]
            )
        }
    return seen


def shown(lens: Lens, points: np.ndarray[Any, Any]) -> bool:
    pixels = lens.pixels(points)
    inside = (pixels > 4) & (pixels < (lens.width - 5, lens.height - 5))
    return bool(inside.all(axis=1).mean() > 0.8)


def test_neighbours_share_views_and_the_ends_of_a_chain_do_not() -> None:
    rig = load_rig(str(CONFIGS / "daisy_chain_4.yaml")).rig
    ring = seen_by(World.from_file(CONFIGS / "worlds" / "ring.yaml", rig))
    assert all(len(stations) >= 10 for stations in ring.values())
    chain = seen_by(World.from_file(CONFIGS / "worlds" / "chain.yaml", rig))
    front, left, back, right = (chain[name] for name in ("front", "left", "back", "right"))
    assert min(len(front & left), len(left & back), len(back & right)) >= 4
    assert not front & right
