"""Where the files of a program go, and which of them comes last: with it a scene is whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from kinect_sync.files import replace_file
from kinect_sync.review.claiming import make_folder_in
from kinect_sync.review.fusing.cloud_files import write_cloud
from kinect_sync.review.fusing.programs import colmap, nerfstudio, trajectory
from kinect_sync.review.fusing.programs.scene import Files, Scene
from kinect_sync.review.fusing.request import CloudFormat, Program

_FILES: Final[Mapping[Program, Callable[[Scene], Files]]] = {
    Program.COLMAP: colmap.colmap_files,
    Program.COLMAP_PINHOLE: colmap.colmap_files,
    Program.NERFSTUDIO: nerfstudio.nerfstudio_files,
    Program.OPEN3D: trajectory.open3d_files,
}
_LAST: Final[Mapping[Program, str]] = {
    Program.COLMAP: colmap.LAST,
    Program.COLMAP_PINHOLE: colmap.LAST,
    Program.NERFSTUDIO: nerfstudio.LAST,
    Program.OPEN3D: trajectory.LAST,
}


def scene_folder(program: Program, pulse: int) -> Path:
    """Return the folder of a scene, relative to that of the fusion."""
    return Path(str(program), f"{pulse:06d}")


def last_file(program: Program, pulse: int) -> Path:
    """Return the file that is written last, relative to the folder of the fusion."""
    return scene_folder(program, pulse) / _LAST[program]


def write_scene(directory: Path, program: Program, pulse: int, scene: Scene) -> int:
    """Write a scene into the folder of a fusion; return its size. OSError where the disk refuses."""
    nbytes = 0
    for name, content in _FILES[program](scene):
        path = scene_folder(program, pulse) / name
        make_folder_in(directory, path.parent)
        if isinstance(content, bytes):
            nbytes += replace_file(directory / path, content)
        else:
            nbytes += write_cloud(directory / path, content, CloudFormat.PLY)
    return nbytes
