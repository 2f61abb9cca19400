"""A sketch as the text of a rig file, with the defaults as comments and every guess marked."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.rig.model import HostSpec, RigFields
from kinect_sync.rig.modes import Role, Topology
from kinect_sync.survey.sketch import LASER_STEP_US, Sketch

_HEADER = """\
# Written by `ksync init` from what was connected. `ksync validate` says what follows from it, and which
# cable goes where; `ksync verify` proves it.
"""
_TOPOLOGY = {
    Topology.DAISY_CHAIN: "the devices below stand in cable order",
    Topology.STAR: "the master feeds a splitter, or a Femto's hub",
    Topology.STANDALONE: "one device, no sync cable",
}
_TRIGGER = """\
external_trigger:                # GUESS: no device has the plugs of a master; say what your generator does
  fps: 30                        # exactly 5, 15 or 30, and the cameras' fps below
  pulse_width_us: 100            # more than 8
  drive_current_ma: 10           # at least 8, at 5 V TTL
  polarity: active_high          # the devices start at a rising edge
"""
_CAMERA = """\
camera:                          # for every device
  color_resolution: 720p         # off 720p 1080p 1440p 1536p 2160p 3072p
  color_format: mjpg             # mjpg nv12 yuy2 bgra32
  depth_mode: nfov_unbinned      # off nfov_2x2binned nfov_unbinned wfov_2x2binned wfov_unbinned passive_ir
  fps: 30                        # 5 15 30
  exposure_us: {exposure_us:<18}# fixed and equal: under automatic exposure the devices drift apart
  powerline_hz: 60               # 50 60: the mains frequency where you are
  gain: 128                      # 0 to 255: beside a fixed exposure the camera does not choose one
  # white_balance_k: 4500        # 2500 to 12500; automatic when left out
"""


def rig_text(sketch: Sketch, name: str = "rig") -> str:
    """Write the rig file: valid YAML, with a comment at every default and every guess."""
    return "\n".join(_parts(sketch, name))


def _parts(sketch: Sketch, name: str) -> Iterator[str]:
    yield _HEADER
    yield _commented(f"name: {name}", "takes are named after it: letters, digits, - and _")
    order = "`chains:` says the cable order" if sketch.chains else _TOPOLOGY[sketch.topology]
    yield _commented(f"topology: {sketch.topology}", order)
    if sketch.hardware != RigFields.model_fields["hardware"].default:
        yield _commented(f"hardware: {sketch.hardware}", "serials that are not of an Azure Kinect")
    yield _commented("# imu: true", "record accelerometer and gyroscope too")
    yield ""
    yield from _hosts(sketch)
    if sketch.triggered:
        yield _TRIGGER
    yield _CAMERA.format(exposure_us=sketch.hardware.profile.exposures.example_us)
    yield from _chains(sketch)
    yield "devices:"
    if len(sketch.order) > 1:
        yield f"  # Depth is delayed by {LASER_STEP_US} µs from device to device, so that no two lasers meet."
    yield from _devices(sketch)
    yield ""


def _hosts(sketch: Sketch) -> Iterator[str]:
    if not sketch.hosts:
        return
    yield _commented("hosts:", "the other computers; `ksync agent` runs there")
    for name, spec in sketch.hosts.items():
        port = "" if spec.port == HostSpec.model_fields["port"].default else f", port: {spec.port}"
        yield f"  {name}: {{address: {spec.address}{port}}}"
    yield ""


def _chains(sketch: Sketch) -> Iterator[str]:
    """Yield the chains, and that each sees a scene of its own: one scene has no room for so many lasers."""
    if not sketch.chains:
        return
    for key, comment in (
        ("chains", "each in cable order, from an output of the trigger's distributor"),
        ("overlaps", "GUESS: who sees the same scene, so that their lasers are kept apart"),
    ):
        yield _commented(f"{key}:", comment)
        for chain in sketch.chains:
            yield f"  - [{', '.join(_name(sketch, serial) for serial in chain)}]"
        yield ""


def _name(sketch: Sketch, serial: str) -> str:
    return f"cam-{sketch.order.index(serial) + 1}"


def _devices(sketch: Sketch) -> Iterator[str]:
    told = ""
    for serial in sketch.order:
        guess = sketch.guesses.get(serial, "")
        if guess and guess != told:
            count = sum(each == guess for each in sketch.guesses.values())
            whose = f"the next {count} devices: " if count > 1 else ""
            yield f"  # GUESS, {whose}{guess}; correct it if it is another."
        told = guess
        yield "  - {" + _device(sketch, serial) + "}"


def _device(sketch: Sketch, serial: str) -> str:
    role = sketch.role_of(serial)
    place = next(chain.index(serial) for chain in (*sketch.chains, sketch.order) if serial in chain)
    fields = f'name: {_name(sketch, serial)}, serial: "{serial}", role: {role}'
    if serial in sketch.places:
        fields += f", host: {sketch.places[serial]}"
    delayed = place and role is not Role.STANDALONE
    return f"{fields}, depth_delay_off_color_usec: {LASER_STEP_US * place}" if delayed else fields


def _commented(text: str, comment: str) -> str:
    return f"{text:<32} # {comment}"
