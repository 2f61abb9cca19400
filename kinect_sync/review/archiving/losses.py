"""What an archive has lost, told by device and pulse as operators count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding, Kind
from kinect_sync.findings.archive import ARCHIVE_DAMAGED, ARCHIVE_IMAGE_LOST, RESTORED_WITHOUT_IMAGE
from kinect_sync.review.archiving.reports import LostImage
from kinect_sync.takes.archive.restoring import Damage
from kinect_sync.takes.index_map import IndexMap
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.names import INDEX, original_of
from kinect_sync.takes.unpacking import DamagedImage

_MOST_TOLD = 20
"""Images of a file that findings name; the report has all."""
_WORDS = {"COLOR": "color", "DEPTH": "depth", "IR": "IR"}
_ENDS = {
    ARCHIVE_IMAGE_LOST: "",
    RESTORED_WITHOUT_IMAGE: ", and not in the restored recording",
}


class Losses:
    """Names what the files of one folder have lost."""

    def __init__(self, folder: Path, image_lost: Kind) -> None:
        """Take the folder where take.json and alignment.csv are, and what a damaged image is told as."""
        self._folder = folder
        self._image_lost = image_lost
        self.images: list[LostImage] = []
        self.findings: list[Finding] = []

    def note(self, file: str, damage: Damage) -> None:
        """Note what a recording's archive has lost."""
        self.note_images(file, damage.images)
        if damage.stretches:
            what = (
                f"{file}: {damage.stretches} stretches of what stands between its images can't be read, and "
                "their images have no checksum any more"
            )
            self.note_file(file, what)

    def note_images(self, file: str, images: Sequence[DamagedImage]) -> None:
        """Note images of a recording that are damaged."""
        lost = [*self._named(file, images)] if images else []
        self.images += lost
        for each in lost[:_MOST_TOLD]:
            self._tell(f"{_WORDS[each.track]} {_when(each)} is damaged", file)
        if len(lost) > _MOST_TOLD:
            self._tell(f"so are {len(lost) - _MOST_TOLD} other images of it", file)

    def note_earlier(self, file: str, count: int) -> None:
        """Note that an earlier run had to do without so many images of a recording."""
        if count:
            self._tell(f"{count} images of it were damaged", file)

    def note_file(self, file: str, what: str) -> None:
        """Note what is wrong with a file as a whole."""
        self.findings.append(ARCHIVE_DAMAGED.found(what, device=self._name(file)))

    def _tell(self, what: str, file: str) -> None:
        self.findings.append(
            self._image_lost.found(f"{what}{_ENDS[self._image_lost]}", device=self._name(file))
        )

    def _name(self, file: str) -> str:
        """Return the word for a recording that there is: its device's, or the file's."""
        return self._device(file) or Path(file).stem

    def _named(self, file: str, images: Sequence[DamagedImage]) -> Iterator[LostImage]:
        device = self._device(file)
        pulses = self._pulses(device, images) if device is not None else {}
        for image in images:
            yield LostImage(
                file=file,
                track=image.track,
                timestamp_us=image.timestamp_us,
                device=device,
                pulse=pulses.get(image),
            )

    def _device(self, file: str) -> str | None:
        """Return the device of a recording, or of its completed copy."""
        recording = original_of(Path(file)).name
        try:
            devices = read_manifest(self._folder).devices
        except (OSError, UsageError):
            return None
        return next((each.settings.name for each in devices if each.file == recording), None)

    def _pulses(self, device: str, images: Sequence[DamagedImage]) -> Mapping[DamagedImage, int]:
        """Find the pulses of images in one pass over the index; those that are in none are left out."""
        found: dict[DamagedImage, int] = {}
        try:
            for part in IndexMap(self._folder / INDEX).stretches():
                if device not in part.devices:
                    return found
                columns, pulses = part.devices[device], part.pulses.tolist()
                color = dict(zip(columns.color_us.tolist(), pulses, strict=True))
                depth = dict(zip(columns.depth_us.tolist(), pulses, strict=True))
                for image in images:
                    pulse = (color if image.track == "COLOR" else depth).get(image.timestamp_us)
                    if pulse is not None:
                        found[image] = pulse
        except (OSError, UsageError):  # the index may be damaged as well
            pass
        return found


def _when(image: LostImage) -> str:
    return f"of pulse {image.pulse}" if image.pulse is not None else f"at {image.timestamp_us} µs"
