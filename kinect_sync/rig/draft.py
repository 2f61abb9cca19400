"""A rig of which some fields could not be read, for rules to judge the rest.

A rule that touches an unreadable field is left out, for this device or for the rig: what it would say
could only be a consequence of the first mistake. Nothing needs to declare what it reads, so nothing can
declare it wrongly.
"""

from __future__ import annotations

import json
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter

from kinect_sync.rig.model import CableSpec, Camera, DeviceSpec, ExternalTrigger, HostSpec, RigFields
from kinect_sync.rig.problem import Location


class UnreadableField(Exception):
    """A rule asked for a field that could not be read."""


class _Draft(BaseModel):
    """A model in which an unreadable field raises where it is read."""

    def __getattribute__(self, name: str) -> Any:
        """Return an attribute, or raise `UnreadableField` for a field without a value."""
        if name[:1] != "_" and name in type(self).model_fields and name not in self.__dict__:
            raise UnreadableField(name)
        return super().__getattribute__(name)


class _CameraDraft(_Draft, Camera):
    """Camera settings, some unreadable."""


class _DeviceDraft(_Draft, DeviceSpec):
    """A device, some fields unreadable."""


class _TriggerDraft(_Draft, ExternalTrigger):
    """An external trigger, some fields unreadable."""


class _CableDraft(_Draft, CableSpec):
    """A cable, some fields unreadable."""


class _HostDraft(_Draft, HostSpec):
    """A host, some fields unreadable."""


class _RigDraft(_Draft, RigFields):
    """A rig, some fields unreadable."""


_PARTS: dict[str, type[_Draft]] = {
    "camera": _CameraDraft,
    "devices": _DeviceDraft,
    "external_trigger": _TriggerDraft,
    "cables": _CableDraft,
}
_NAMED_PARTS: dict[str, type[_Draft]] = {"hosts": _HostDraft}
"""Those that stand under names."""


def draft_rig(tree: dict[str, Any], unreadable: set[Location]) -> RigFields:
    """Build a rig from the readable part of a document; `unreadable` holds the paths of the rest."""
    return cast("RigFields", _build(_RigDraft, tree, (), unreadable))


def _build(model: type[_Draft], node: Any, path: Location, unreadable: set[Location]) -> _Draft:
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        place = (*path, key)
        if path in unreadable or place in unreadable:
            continue
        if key not in node:
            values[name] = field.get_default(call_default_factory=True)
        elif name in _NAMED_PARTS and model is _RigDraft:
            part = _NAMED_PARTS[name]
            values[name] = {
                each: _build(part, inner, (*place, each), unreadable) for each, inner in node[key].items()
            }
        elif name in _PARTS and model is _RigDraft:
            values[name] = _build_part(_PARTS[name], node[key], place, unreadable)
        elif not any(bad[: len(place)] == place for bad in unreadable):
            values[name] = _value(field.annotation, node[key])
    draft = model.model_construct()
    draft.__dict__.clear()
    draft.__dict__.update(values)
    return draft


def _value(annotation: Any, value: Any) -> Any:
    """Read one value that is known to be valid: from JSON, as that turns words into enumerations."""
    return TypeAdapter(annotation).validate_json(json.dumps(value))


def _build_part(model: type[_Draft], node: Any, path: Location, unreadable: set[Location]) -> Any:
    if isinstance(node, list):
        return tuple(_build(model, item, (*path, index), unreadable) for index, item in enumerate(node))
    return None if node is None else _build(model, node, path, unreadable)
