"""COLMAP's text files: cameras, images and points, as `sparse/0` beside the folder `images`.

COLMAP has OpenCV's axes, and counts pixels from the corner of the first one, where ksync counts from its
centre. Its poses carry points of the world into the camera.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.undistortion import STRAIGHT
from kinect_sync.review.fusing.cloud import Cloud
from kinect_sync.review.fusing.programs.scene import Files, Photo, Scene

LAST = "sparse/0/points3D.txt"
CORNER_PX = 0.5
"""From the corner of the first pixel to its centre."""
_UNKNOWN = -1
"""In the place of a point's reprojection error: nobody has seen it as a corner."""


def colmap_files(scene: Scene) -> Files:
    """Yield the files of a model, by their paths; the last one is `LAST`."""
    for photo in scene.photos:
        yield f"images/{photo.file}", photo.image
    numbered = list(enumerate(scene.photos, 1))
    yield "sparse/0/cameras.txt", _lines(_camera(number, photo.lens) for number, photo in numbered)
    yield "sparse/0/images.txt", _lines(f"{_image(number, photo)}\n" for number, photo in numbered)
    yield LAST, _lines(_points(scene.cloud))


def _camera(number: int, lens: Lens) -> str:
    middle = (lens.cx + CORNER_PX, lens.cy + CORNER_PX)
    if lens.distortion == STRAIGHT:
        model, numbers = "PINHOLE", (lens.fx, lens.fy, *middle)
    else:
        model, numbers = "FULL_OPENCV", (lens.fx, lens.fy, *middle, *lens.coefficients.tolist())
    return f"{number} {model} {lens.width} {lens.height} {' '.join(map(repr, numbers))}"


def _image(number: int, photo: Photo) -> str:
    """Return the line of an image; the line after it, of its corners, is empty."""
    camera_from_world = photo.world_from_camera.inverse()
    numbers = (*camera_from_world.quaternion.tolist(), *camera_from_world.translation_m)
    return f"{number} {' '.join(map(repr, numbers))} {number} {photo.file}"


def _points(cloud: Cloud) -> Iterator[str]:
    each = chain.from_iterable(
        zip(part.xyz_m.T.tolist(), part.rgb.T.tolist(), strict=True) for part in cloud.parts
    )
    for number, ((x, y, z), (red, green, blue)) in enumerate(each, 1):
        yield f"{number} {x:.5f} {y:.5f} {z:.5f} {red} {green} {blue} {_UNKNOWN}"


def _lines(lines: Iterator[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
