"""Finds the steps: being a module in `selftest/steps` is what makes one."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from kinect_sync.errors import UsageError
from kinect_sync.findings.selftest import SELFTEST_NO_STEP
from kinect_sync.selftest import steps
from kinect_sync.selftest.step import Step


def find_steps() -> tuple[Step[Any], ...]:
    """Return every step, in the order in which they are done."""
    return tuple(sorted((module.STEP for module in step_modules()), key=lambda step: step.place))


def step_modules() -> tuple[ModuleType, ...]:
    """Return every module of `selftest/steps`; each has a `STEP`."""
    names = sorted(module.name for module in pkgutil.iter_modules(steps.__path__))
    return tuple(import_module(f"{steps.__name__}.{name}") for name in names)


def chosen_steps(names: Sequence[str]) -> tuple[Step[Any], ...]:
    """Return the steps of these names in their order, or all; UsageError for a name that none has."""
    known = {step.name: step for step in find_steps()}
    unknown = [name for name in names if name not in known]
    if unknown:
        what = f"no step is named {', '.join(map(repr, unknown))}: there are {', '.join(known)}"
        raise UsageError(SELFTEST_NO_STEP.found(what))
    return tuple(step for name, step in known.items() if not names or name in names)
