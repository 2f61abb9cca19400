"""Finds the checks, and makes them: all of them, or those that somebody asks for."""

from __future__ import annotations

import pkgutil
from collections.abc import Collection
from importlib import import_module
from types import ModuleType

from kinect_sync.doctor import checks
from kinect_sync.doctor.check import Check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, Status


def find_checks() -> tuple[Check, ...]:
    """Return every check in `doctor/checks`, in the order in which they are told."""
    return tuple(sorted((module.CHECK for module in check_modules()), key=_order))


def check_modules() -> tuple[ModuleType, ...]:
    """Return every module of `doctor/checks`; each has a `CHECK`, and declares what it can find."""
    names = sorted(module.name for module in pkgutil.iter_modules(checks.__path__))
    return tuple(import_module(f"{checks.__name__}.{name}") for name in names)


def run_checks(examination: Examination, names: Collection[str]) -> tuple[CheckResult, ...]:
    """Make the checks of these names alone, in their order; KeyError for a name that no check has.

    Only what they look at is asked: neither the SDK nor a device, unless one of them wants to know.
    """
    known = {check.name: check for check in find_checks()}
    chosen = sorted((known[name] for name in set(names)), key=_order)
    return tuple(result for check in chosen for result in run_check(check, examination))


def run_check(check: Check, examination: Examination) -> tuple[CheckResult, ...]:
    """Make one check; nothing is told where it does not apply."""
    results = tuple(check.run(examination)) if check.applies(examination) else ()
    if examination.simulated and check.theme.of_kinects:
        return tuple(_not_needed(result) for result in results)
    return results


def _order(check: Check) -> tuple[int, str, int, str]:
    return check.theme.place, check.theme.title, check.place, check.name


def _not_needed(result: CheckResult) -> CheckResult:
    if result.status is not Status.PROBLEM:
        return result
    what = f"{result.what} (simulated devices do without)"
    return result.model_copy(update={"status": Status.WARNING, "what": what})
