"""The base of everything that crosses a process boundary or is written to disk."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen, closed pydantic model.

    Frozen, so that two processes can hold the same thing; closed, so that a misspelt or newer field is
    an error where it arrives and not a silence later. The text under a field becomes its description in
    the JSON Schema.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def without_empty(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """Leave out fields of later versions that say nothing: an earlier ksync then reads what is written."""
    return {name: value for name, value in fields.items() if value or name not in names}
