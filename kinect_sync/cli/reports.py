"""Every report that a command prints with `--json`, and its JSON Schema."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from kinect_sync.calibration.printing.writing import BoardReport
from kinect_sync.director.take import RecordedTake
from kinect_sync.doctor.checkup import Checkup
from kinect_sync.hosts.collection import CollectReport
from kinect_sync.hosts.ending import EndedTake
from kinect_sync.hosts.listing import HostsReport
from kinect_sync.review.archiving.reports import ArchiveReport, RestoreReport
from kinect_sync.review.calibrating.request import CalibrationReport
from kinect_sync.review.export.request import ExportReport
from kinect_sync.review.fusing.request import FuseReport
from kinect_sync.review.inspection.model import Inspection
from kinect_sync.review.repairing import RepairReport
from kinect_sync.review.report.writing import PageReport
from kinect_sync.selftest.report import SelftestReport
from kinect_sync.studio.reports import HostFolderReport, RemovedHostReport, StudioReport
from kinect_sync.survey.inventory import InventoryReport
from kinect_sync.survey.jack_check import JackReport
from kinect_sync.survey.rig_file import InitReport
from kinect_sync.survey.validation import ValidateReport
from kinect_sync.survey.verify import VerifyReport
from kinect_sync.timing.lasers.report import PlanReport
from kinect_sync.verdicts import Report
from kinect_sync.wire.stream_report import StreamReport

COMMANDS: dict[str, type[Report]] = {
    "init": InitReport,
    "validate": ValidateReport,
    "plan-offsets": PlanReport,
    "devices": InventoryReport,
    "check-jacks": JackReport,
    "verify": VerifyReport,
    "doctor": Checkup,
    "selftest": SelftestReport,
    "hosts init": StudioReport,
    "hosts add": HostFolderReport,
    "hosts list": HostsReport,
    "hosts end": EndedTake,
    "hosts remove": RemovedHostReport,
    "start": RecordedTake,
    "stream": StreamReport,
    "hosts collect": CollectReport,
    "board": BoardReport,
    "inspect": Inspection,
    "repair": RepairReport,
    "export": ExportReport,
    "fuse": FuseReport,
    "archive": ArchiveReport,
    "restore": RestoreReport,
    "report": PageReport,
    "calibrate": CalibrationReport,
}
"""What each command prints, in the order of an operator's day."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def report_name(report: type[Report]) -> str:
    """Return the name that a report gives itself."""
    return str(report.model_fields["report"].default)


REPORTS: dict[str, type[Report]] = {report_name(report): report for report in COMMANDS.values()}
"""The same by their names."""


def report_schema(report: type[Report]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a report; open, as fields may be added to it."""
    schema = report.model_json_schema(mode="serialization", schema_generator=_Printed)
    return {"$schema": _DIALECT, **schema, "title": f"ksync {report_name(report)}"}


class _Printed(GenerateJsonSchema):
    """Describes what is printed: every field is there, whether or not it has a default."""

    def field_is_required(self, *_: Any, **__: Any) -> bool:
        return True

    def field_title_should_be_set(self, *_: Any, **__: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        described = super().model_schema(schema)
        described.pop("additionalProperties", None)
        return described
