"""`index.csv` of a fusion: a row per pulse, the paths of its files, and when its images were taken."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from kinect_sync.files import draft_of
from kinect_sync.review.chosen import TIME_FIELDS, IndexedCapture, chosen_rows, time_cells
from kinect_sync.review.claiming import is_there
from kinect_sync.review.fusing.jobs import JobMaker
from kinect_sync.review.fusing.programs.writing import last_file
from kinect_sync.review.fusing.request import FuseRequest
from kinect_sync.takes.index_map import IndexMap
from kinect_sync.takes.mkv.places import ImagePlaces

INDEX_OF_FUSION = "index.csv"
Places = Mapping[str, ImagePlaces]


def write_index(maker: JobMaker, index: IndexMap, seen: Places, request: FuseRequest) -> None:
    """Write the table; what is not there has an empty cell. OSError where the disk refuses."""
    heading = ["row", "pulse", *(column for column, _ in _files(maker, request, seen, 0))]
    heading += [f"{name}.{field}" for name in seen for field in TIME_FIELDS]
    with (
        draft_of(request.directory / INDEX_OF_FUSION) as draft,
        draft.open("w", encoding="utf-8", newline="") as stream,
    ):
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(heading)
        number = 0
        for part, rows in chosen_rows(index, tuple(seen), request):
            for row in rows:
                pulse = int(part.pulses[row])
                there = (_cell(request.directory, path) for _, path in _files(maker, request, seen, pulse))
                times = (time_cells(IndexedCapture.of(part, name, row)) for name in seen)
                table.writerow([number, pulse, *there, *chain.from_iterable(times)])
                number += 1


def _files(maker: JobMaker, request: FuseRequest, seen: Places, pulse: int) -> Iterator[tuple[str, Path]]:
    """Yield the columns of a pulse with their files: `cloud`, and `front.color/left/depth` of a view."""
    cloud, mesh = maker.cloud_path(pulse), maker.mesh_path(pulse)
    if cloud is not None:
        yield "cloud", cloud
    if mesh is not None:
        yield "mesh", mesh
    for program in request.scenes:
        yield str(program), last_file(program, pulse)
    for view in request.views:
        for name in seen:
            paths = (path for path in maker.view_paths(view, name, pulse) if path is not None)
            yield from ((path.parent.as_posix(), path) for path in paths)


def _cell(directory: Path, path: Path) -> str:
    return path.as_posix() if is_there(directory / path) else ""
