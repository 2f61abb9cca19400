"""What a file of faults may say of the room: where devices stand, what is there, and the board's walk."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from kinect_sync.rig.model import Name
from kinect_sync.values import Value

Coordinate = Annotated[float, Field(ge=-100, le=100)]
Point = tuple[Coordinate, Coordinate, Coordinate]
Row = tuple[Coordinate, Coordinate, Coordinate, Coordinate]
Length = Annotated[float, Field(gt=0, le=50)]
Tone = Annotated[int, Field(ge=0, le=255)]
Color = tuple[Tone, Tone, Tone]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class Ring(Value):
    """Devices evenly around the middle of the room, looking inwards."""

    radius_m: Length = 2.0
    """From the middle to each device."""
    height_m: Length = 1.5
    """Of the devices above the floor."""
    looks_at_m: Length = 1.0
    """Height in the middle of the room that they look at."""


class Arc(Value):
    """Devices on a part of a circle around the middle of the room, looking inwards."""

    radius_m: Length = 2.0
    """From the middle to each device."""
    angle_deg: Annotated[float, Field(gt=0, lt=360)] = 120.0
    """From the first device to the last one."""
    height_m: Length = 1.5
    """Of the devices above the floor."""
    looks_at_m: Length = 1.0
    """Height in the middle of the room that they look at."""


class Line(Value):
    """Devices side by side, all looking the same way."""

    spacing_m: Length = 1.2
    """From one device to the next."""
    height_m: Length = 1.4
    """Of the devices above the floor."""
    looks_at_m: Length = 1.1
    """Height that they look at, two metres ahead."""
    set_back_m: Coordinate = 2.0
    """How far behind the middle of the room they stand."""


class UnitErrors(Value):
    """What is true of a device and its factory calibration does not say."""

    color_focal_percent: float = 0.0
    """Focal length of the color camera."""
    color_centre_px: float = 0.0
    """Principal point of the color camera, in pixels of an image 1280 wide, in a direction by chance."""
    color_k1: float = 0.0
    """First radial coefficient of the color camera."""
    depth_focal_percent: float = 0.0
    """Focal length of the depth camera."""
    depth_centre_px: float = 0.0
    """Principal point of the depth camera, in pixels of an unbinned image, in a direction by chance."""
    color_depth_deg: float = 0.0
    """How far the color camera is turned against the depth camera, about an axis by chance."""
    color_depth_mm: float = 0.0
    """How far it is moved against it, in a direction by chance."""
    depth_bias_mm: float = 0.0
    """Depth is measured so much too far."""
    depth_slope_percent: float = 0.0
    """Depth is measured too far by this part of it."""
    imu_tilt_deg: float = 0.0
    """How far the IMU is turned against the depth camera, about an axis by chance."""


class Bump(Value):
    """Somebody runs into a device during the walk."""

    at_s: Annotated[float, Field(ge=0)] | None = None
    """Seconds from the first pulse; the middle of the walk by default."""
    turn_deg: float = 0.2
    """How far the device is turned, about an axis by chance."""
    move_mm: float = 4.0
    """How far it is moved, in a direction by chance."""


class Placed(Value):
    """Where one device is, and what its calibration does not say."""

    position_m: Point | None = None
    """Where its depth camera is; where the arrangement has it by default."""
    look_at_m: Point | None = None
    """The point that its depth camera looks at; the middle of the room at a height of 1 m by default."""
    camera_to_world: tuple[Row, Row, Row, Row] | None = None
    """The pose of its depth camera in the place of `position_m` and `look_at_m`, row by row: x right, y down,
    z forward."""
    looks_away: bool = False
    """It is turned around, and never sees the board."""
    bump: Bump | None = None
    """Somebody runs into it."""
    errors: UnitErrors = UnitErrors()
    """What its factory calibration does not say, besides what `typical_errors` draws."""

    @model_validator(mode="after")
    def _is_placed_once(self) -> Placed:
        if self.camera_to_world is not None and (self.position_m or self.look_at_m):
            raise ValueError("camera_to_world says all of a pose: leave out position_m and look_at_m")
        return self


class Room(Value):
    """Floor, ceiling and four walls with pictures on them."""

    width_m: Length = 7.0
    """Along x."""
    length_m: Length = 7.0
    """Along y."""
    height_m: Length = 2.8
    """Along z."""
    seed: Seed = 0
    """What hangs on the walls."""


class Sphere(Value):
    """A ball in the room."""

    centre_m: Point
    """Its centre."""
    radius_m: Length
    """Its radius."""
    color: Color = (200, 120, 60)
    """Red, green and blue."""


class Box(Value):
    """A box in the room that stands upright."""

    centre_m: Point
    """Its centre."""
    size_m: tuple[Length, Length, Length]
    """Along x, y and z before it is turned."""
    turn_deg: float = 0.0
    """How far it is turned about the vertical."""
    color: Color = (90, 130, 170)
    """Red, green and blue."""


class BoardPrint(Value):
    """The ChArUco board as it is meant, and as it was really made."""

    columns: Annotated[int, Field(ge=2, le=30)] = 8
    """Squares in a row."""
    rows: Annotated[int, Field(ge=2, le=30)] = 5
    """Squares in a column."""
    square_m: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Side of a square, as it is meant."""
    marker_m: Annotated[float, Field(gt=0, le=1)] = 0.075
    """Side of a marker with its black border, as it is meant."""
    dictionary: Literal["DICT_5X5_50", "DICT_5X5_100"] = "DICT_5X5_100"
    """Family of the markers; both begin alike."""
    legacy: bool = False
    """The layout of OpenCV before 4.6."""
    margin_m: Annotated[float, Field(ge=0, le=1)] = 0.02
    """White around the pattern."""
    printed_scale: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    """How much larger it was printed: 1.01 is one percent."""
    mirrored: bool = False
    """It was printed as in a mirror."""
    bend_m: Annotated[float, Field(ge=-0.1, le=0.1)] = 0.0
    """How far its middle stands back behind its left and right edge."""
    dark_bias_mm: float = 0.0
    """Depth on its black squares is measured so much too far."""
    ir_contrast: Annotated[float, Field(ge=0, le=1)] = 0.75
    """How much darker black is than white in IR; 0 is ink that infrared light passes."""

    @model_validator(mode="after")
    def _has_markers_for_it(self) -> BoardPrint:
        markers, known = self.columns * self.rows // 2, int(self.dictionary.rpartition("_")[2])
        if self.marker_m >= self.square_m:
            raise ValueError("a marker is smaller than its square")
        if markers > known:
            raise ValueError(f"it needs {markers} markers, and {self.dictionary} has {known}")
        return self


class Station(Value):
    """Where the board is held."""

    position_m: Point
    """The board's centre."""
    faces_m: Point
    """A point that its front looks at."""
    roll_deg: float = 0.0
    """How far it is turned in its plane, clockwise as one looks at it."""


class WalkFields(Value):
    """How the board is walked: held still, moved to the next station, held still."""

    stations: Annotated[int, Field(ge=1, le=1000)] | tuple[Station, ...] = 30
    """Where it is held: so many stations by chance, each seen by at least one device and mostly by two
    neighbours, or a list of them. At the last one it stays."""
    begins_s: Annotated[float, Field(ge=0, le=3600)] = 2.0
    """Until then, from the first pulse on, it is held at the first station."""
    hold_s: Annotated[float, Field(ge=0, le=60)] = 0.8
    """How long it is held at each."""
    move_s: Annotated[float, Field(ge=0.05, le=60)] = 1.6
    """How long it is moved from one to the next."""
    tremor_mm: Annotated[float, Field(ge=0, le=20)] = 0.3
    """How hands tremble while they hold it: the standard deviation along each axis. Hands alone tremble by
    0.05 to 0.2 mm ("A normative study of postural tremor of the hand", Arch Neurol 39, 1982: 0.01 to 0.035 g
    at 7 Hz); arms sway besides."""
    tremor_deg: Annotated[float, Field(ge=0, le=5)] = 0.03
    """How far they turn it so, about each axis."""
    near_m: Length = 1.2
    """The nearest that a station by chance is to the device that it faces."""
    far_m: Length = 2.6
    """The farthest."""
    seed: Seed = 0
    """Which stations chance takes."""


class Cameras(Value):
    """What all cameras of the room do to their images."""

    color_readout_ms: Annotated[float, Field(ge=0, le=100)] = 25.0
    """From the first row of a color image to its last: they are exposed one after the other. The real time
    is not published."""
    auto_exposure_us: Annotated[int, Field(ge=1, le=130_000)] = 8330
    """The color exposure where the rig says `auto`."""
    color_noise: Annotated[float, Field(ge=0, le=100)] = 2.5
    """Standard deviation of a color pixel, of 255."""
    infrared_noise: Annotated[float, Field(ge=0, le=10)] = 1.0
    """Noise of the IR image, by what is usual."""
    depth_noise: Annotated[float, Field(ge=0, le=10)] = 1.0
    """Noise of depth, by what is usual: 1.5 mm at 1 m, 4 mm at 3 m."""
    jpeg_quality: Annotated[int, Field(ge=10, le=100)] = 90
    """Quality of color images where they are MJPG."""


class WorldFields(Value):
    """One room for all devices: what they see is the same, each from where it stands."""

    ring: Ring | None = None
    """The devices of the rig stand in a ring, in its order; so they do where nothing is said."""
    arc: Arc | None = None
    """They stand on a part of a circle instead."""
    line: Line | None = None
    """They stand side by side instead."""
    devices: dict[Name, Placed] = Field(default_factory=dict)
    """Where single devices stand, and what their calibrations do not say, by their names in the rig."""
    room: Room = Room()
    """The room itself."""
    board: BoardPrint | None = BoardPrint()
    """The board; null is none."""
    walk: WalkFields = WalkFields()
    """How the board is walked through the room."""
    spheres: tuple[Sphere, ...] = ()
    """Balls that stay where they are."""
    boxes: tuple[Box, ...] = ()
    """Boxes that stay where they are."""
    typical_errors: UnitErrors = UnitErrors()
    """Standard deviations from which each device draws what its factory calibration does not say."""
    cameras: Cameras = Cameras()
    """What the cameras do to their images."""
    seed: Seed = 0
    """What is drawn for each device, and the noise."""

    @model_validator(mode="after")
    def _is_arranged_once(self) -> WorldFields:
        if sum(way is not None for way in (self.ring, self.arc, self.line)) > 1:
            raise ValueError("ring, arc and line exclude each other")
        return self

    @property
    def arrangement(self) -> Ring | Arc | Line:
        """How the devices stand that have no place of their own."""
        return self.ring or self.arc or self.line or Ring()
