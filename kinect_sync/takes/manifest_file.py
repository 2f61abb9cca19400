"""take.json on the disk: read in every version that this ksync knows, and replaced as a whole."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from kinect_sync.errors import UsageError
from kinect_sync.files import read_regular, replace_file
from kinect_sync.findings import Finding
from kinect_sync.findings.files import TAKE_BROKEN, TAKE_NEWER
from kinect_sync.rig.problem import shown
from kinect_sync.takes.manifest import FORMAT, Manifest
from kinect_sync.takes.names import MANIFEST
from kinect_sync.values import first_mistake, format_of

MOST_NBYTES = 16 << 20
"""Of nine devices it has 20 kB, and each finding adds half a kilobyte."""


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace take.json: there is always one complete version on the disk, also after a power cut.

    OSError where the disk refuses; the version before then stays.
    """
    replace_file(folder / MANIFEST, manifest_text(manifest), durable=True)


def manifest_text(manifest: Manifest) -> bytes:
    """Return take.json as it is written."""
    return (manifest.model_dump_json(indent=2, by_alias=True) + "\n").encode()


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


def _newer(path: Path, text: bytes) -> Finding | None:
    found = format_of(text)
    if found is None or found <= FORMAT:
        return None
    return TAKE_NEWER.found(f"{path} has format {found}, and this ksync knows formats up to {FORMAT}")


def _broken(path: Path, error: ValidationError) -> Finding:
    place, reason = first_mistake(error)
    return TAKE_BROKEN.found(
        f"{path} is not what this ksync writes: {f'{shown(place)}: ' if place else ''}{reason}"
    )
