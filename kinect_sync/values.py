"""The base of everything that crosses a process boundary or is written to disk."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema


class Value(BaseModel):
    """A frozen, closed pydantic model.

    Frozen, so that two processes can hold the same thing; closed, so that a misspelt or newer field is
    an error where it arrives and not a silence later. The text under a field becomes its description in
    the JSON Schema.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Put the text under each field into a JSON Schema."""
        from kinect_sync.field_texts import field_texts

        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in field_texts(cls).items():
            field = cls.model_fields[name]
            for key in {name, field.alias, field.serialization_alias} & properties.keys():
                properties[key].setdefault("description", text)
        return schema


ValueT = TypeVar("ValueT", bound=Value)


def read_known(kind: type[ValueT], text: bytes) -> ValueT:
    """Parse what another version may have written, and pass over fields that are not known; ValueError.

    Only where it would be worse to understand nothing: of a process that runs, or of what it left.
    """
    return kind.model_validate(_known(kind, json.loads(text)))


def _known(kind: type[Value], said: Any) -> Any:
    """Return the fields that there are in this version, also of values within."""
    if not isinstance(said, dict):
        return said
    kinds = {name: field.annotation for name, field in kind.model_fields.items() if name in said}
    return {
        name: _known(each, said[name]) if isinstance(each, type) and issubclass(each, Value) else said[name]
        for name, each in kinds.items()
    }


class FiniteValue(Value):
    """A value whose numbers are numbers: of a file that may come from anybody, NaN would spread unseen."""

    model_config = ConfigDict(allow_inf_nan=False)


class _Versioned(BaseModel):
    """The one field that every version of a file has."""

    format: int


def format_of(text: bytes) -> int | None:
    """Return the version of a file's format, as a later one says it too; None where it says none."""
    try:
        return _Versioned.model_validate_json(text).format
    except ValidationError:
        return None


def first_mistake(error: ValidationError) -> tuple[str, str]:
    """Return where the first mistake of a file is, its fields with dots between them, and what it is."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return place, str(first["msg"]).removeprefix("Value error, ")


def without_empty(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """Leave out fields of later versions that say nothing: an earlier ksync then reads what is written."""
    return {name: value for name, value in fields.items() if value or name not in names}
