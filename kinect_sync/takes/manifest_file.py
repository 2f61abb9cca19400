"""take.json on the disk: read in every version that this ksync knows, and replaced as a whole."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ValidationError

from kinect_sync.errors import UsageError
from kinect_sync.files import read_regular, replace_file
from kinect_sync.findings import Finding
from kinect_sync.findings.files import TAKE_BROKEN, TAKE_NEWER
from kinect_sync.rig.problem import shown
from kinect_sync.takes.manifest import FORMAT, Manifest
from kinect_sync.takes.names import MANIFEST

MOST_NBYTES = 16 << 20
"""Of nine devices it has 20 kB, and each finding adds half a kilobyte."""


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace take.json: there is always one complete version on the disk, also after a power cut.

    OSError where the disk refuses; the version before then stays.
    """
    text = manifest.model_dump_json(indent=2, by_alias=True) + "\n"
    replace_file(folder / MANIFEST, text.encode(), durable=True)


def read_manifest(folder: Path) -> Manifest:
    """Read take.json of a take's folder.

    Raises OSError where it can't be read, and UsageError where it is not what ksync writes (`take-broken`)
    or in a format of a later version (`take-newer`).
    """
    path = folder / MANIFEST
    text = read_regular(path, MOST_NBYTES)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise UsageError(_newer(path, text) or _broken(path, error)) from error


class _Versioned(BaseModel):
    """The one field that every version has."""

    format: int


def _newer(path: Path, text: bytes) -> Finding | None:
    try:
        found = _Versioned.model_validate_json(text).format
    except ValidationError:
        return None
    if found <= FORMAT:
        return None
    return TAKE_NEWER.found(f"{path} has format {found}, and this ksync knows formats up to {FORMAT}")


def _broken(path: Path, error: ValidationError) -> Finding:
    first = error.errors()[0]
    place = shown(".".join(str(part) for part in first["loc"]))
    reason = first["msg"].removeprefix("Value error, ")
    return TAKE_BROKEN.found(f"{path} is not what this ksync writes: {f'{place}: ' if place else ''}{reason}")
