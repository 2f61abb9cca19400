"""What is kept of a self-test while it goes on: one folder, in which every file is whole at any time.

A day with cameras is interrupted. So each step is written down as soon as it is done, and what is written
down is not done again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError, model_validator

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.doctor.registry import find_checks
from kinect_sync.errors import UsageError
from kinect_sync.files import open_regular, replace_file
from kinect_sync.findings.selftest import (
    SELFTEST_FOLDER_UNUSABLE,
    SELFTEST_IN_USE,
    SELFTEST_OTHER_RIG,
)
from kinect_sync.selftest.plan import Amounts, SelftestPlan
from kinect_sync.selftest.report import StepResult
from kinect_sync.values import Value

V = TypeVar("V", bound=Value)
NOTEBOOK = "selftest.json"
"""Name of the file that says how far a self-test is."""
LOCK = ".selftest.lock"
"""Name of the file that belongs to whoever does steps; the system takes it back when that process ends."""
MEASURED = "measured"
"""Name of the folder with what each step measured."""


class Pages(Value):
    """What `selftest.json` says."""

    format: Literal[1] = 1
    rig: str
    """The rig, as JSON."""
    amounts: Amounts
    devices: dict[str, str]
    """The firmware of each device, by serial number; empty while they could not be listed."""
    utc: str
    """When the first step began."""
    results: dict[str, StepResult] = Field(default_factory=dict)
    """The steps that were tried, by name."""

    @model_validator(mode="after")
    def _each_under_its_name(self) -> Pages:
        """Refuse a step under another's name: its name is that of a file."""
        if any(name != result.name for name, result in self.results.items()):
            raise ValueError("a step stands under another name than its own")
        return self


class Notebook:
    """The folder of one self-test."""

    def __init__(self, folder: Path, plan: SelftestPlan) -> None:
        """Open the folder of a self-test, or begin one.

        Raises UsageError where it is that of another rig or length, holds something else, or can't be used:
        steps put takes and pages there, and remove them, under names that somebody else may have chosen too.
        """
        self.folder = folder
        self._plan = plan
        self._pages = self._read()

    @property
    def results(self) -> Mapping[str, StepResult]:
        """The steps that were tried, by name."""
        return self._pages.results if self._pages is not None else {}

    @property
    def utc(self) -> str:
        """When the first step began; empty where none has."""
        return self._pages.utc if self._pages is not None else ""

    @property
    def devices(self) -> Mapping[str, str]:
        """The firmware of each device, by serial number."""
        return self._pages.devices if self._pages is not None else {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep others from doing steps in this folder: UsageError where somebody does."""
        lock = FileLock(self.folder / LOCK)
        if not lock.acquire():
            raise UsageError(SELFTEST_IN_USE.found(f"another `ksync selftest` is at work in {self.folder}"))
        try:
            self._pages = self._read()  # it may have ended just now
            yield
        finally:
            lock.release()

    def begin(self, devices: Mapping[str, str], utc: str) -> None:
        """Note which devices are there; UsageError where one has other firmware than the notes say.

        A device may come later, or be gone: the steps say so. An empty text is firmware that nobody read.
        """
        if self._pages is None:
            self._pages = Pages(
                rig=_text(self._plan), amounts=self._plan.amounts, devices=dict(devices), utc=utc
            )
            self._write()
            return
        known = self._pages.devices
        read = {serial: text for serial, text in devices.items() if text or serial not in known}
        for serial, text in read.items():
            if known.get(serial) and known[serial] != text:
                told = f"other firmware: {serial} had {known[serial]}, and has {text}"
                raise UsageError(SELFTEST_OTHER_RIG.found(f"the self-test in {self.folder} is of {told}"))
        self._pages = self._pages.model_copy(update={"devices": {**known, **read}})

    def keep(self, result: StepResult, measured: Value | None) -> None:
        """Write down what came of a step, and what it measured. Raises OSError."""
        if self._pages is None:
            raise ValueError("a self-test begins before its steps")
        if measured is not None:
            (self.folder / MEASURED).mkdir(exist_ok=True)
            text = measured.model_dump_json(indent=1, by_alias=True)
            replace_file(self.measured(result.name), text.encode())
        results = {**self._pages.results, result.name: result}
        self._pages = self._pages.model_copy(update={"results": results})
        self._write()

    def measured(self, name: str) -> Path:
        """Return where the measurements of a step are."""
        return self.folder / MEASURED / f"{name}.json"

    def read_measured(self, name: str, model: type[V]) -> V | None:
        """Return what a step measured; None where that is not there, or can't be read as this."""
        try:
            with open_regular(self.measured(name)) as file:
                return model.model_validate_json(file.read())
        except (OSError, ValidationError):
            return None

    def _read(self) -> Pages | None:
        find_checks()  # declares what they find: a finding that nobody has declared weighs as a failure
        path = self.folder / NOTEBOOK
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with open_regular(path) as file:
                pages = Pages.model_validate_json(file.read())
        except FileNotFoundError:
            self._refuse_strangers()
            return None
        except (OSError, ValidationError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no self-test of this version"
            raise UsageError(SELFTEST_FOLDER_UNUSABLE.found(f"{path} can't be used: {why}")) from error
        if (pages.rig, pages.amounts) != (_text(self._plan), self._plan.amounts):
            told = "another rig, or of another length" if pages.rig != _text(self._plan) else "another length"
            raise UsageError(SELFTEST_OTHER_RIG.found(f"the self-test in {self.folder} is of {told}"))
        return pages

    def _refuse_strangers(self) -> None:
        """Raise UsageError where a folder without a self-test is not empty."""
        stranger = next((each.name for each in self.folder.iterdir() if each.name != LOCK), None)
        if stranger is not None:
            why = f"it holds something else: {stranger}"
            raise UsageError(SELFTEST_FOLDER_UNUSABLE.found(f"{self.folder} can't be used: {why}"))

    def _write(self) -> None:
        if self._pages is not None:
            replace_file(self.folder / NOTEBOOK, self._pages.model_dump_json(indent=1).encode(), durable=True)


def _text(plan: SelftestPlan) -> str:
    return plan.rig.model_dump_json(by_alias=True)
