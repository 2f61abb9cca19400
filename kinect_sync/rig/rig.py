"""A rig whose fields also agree with one another."""

from __future__ import annotations

from pydantic import model_validator

from kinect_sync.errors import RigError
from kinect_sync.findings import Finding, has_errors
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.problem import Problem
from kinect_sync.rig.rules import judge


class Rig(RigFields):
    """A rig that can run as described: every rule holds, wherever the rig came from."""

    @classmethod
    def of(cls, fields: RigFields) -> Rig:
        """Return fields as a rig; RigError where it can't run as described."""
        return fields if isinstance(fields, Rig) else cls.model_validate(fields.model_dump(by_alias=True))

    @model_validator(mode="after")
    def _obeys_the_rules(self) -> Rig:
        """Raise `RigError` with every broken rule; warnings pass, and `remarks` returns them."""
        findings = [_finding(self, problem) for problem in judge(self)]
        if has_errors(findings):
            raise RigError(*findings)
        return self

    def remarks(self) -> tuple[Finding, ...]:
        """Return the warnings and notes that the rules have on this rig."""
        return tuple(_finding(self, problem) for problem in judge(self))


def _finding(rig: RigFields, problem: Problem) -> Finding:
    path = problem.path
    if len(path) > 1 and path[0] == "devices" and isinstance(path[1], int):
        return problem.finding(device=rig.devices[path[1]].name)
    return problem.finding()
