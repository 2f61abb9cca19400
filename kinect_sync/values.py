"""The base of everything that crosses a process boundary or is written to disk."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen, closed pydantic model.

    Frozen, so that two processes can hold the same thing; closed, so that a misspelt or newer field is
    an error where it arrives and not a silence later. The text under a field becomes its description in
    the JSON Schema.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
