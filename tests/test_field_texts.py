"""The text under a field is its description, though nobody reads it before a schema is made."""

from __future__ import annotations

from pydantic import Field

from kinect_sync.field_texts import field_texts
from kinect_sync.values import Value


class Inner(Value):
    """Of another value."""

    size_mm: int
    """How long it is;
    and more.
    """


class Plain(Value):
    """Has fields with texts and without."""

    name: str
    """What it is called."""
    bare: int = 0
    renamed: int = Field(0, alias="as")
    """Has another name outside."""
    stated: int = Field(0, description="Stated by itself.")
    inner: Inner | None = None


class Derived(Plain):
    """Has those of the other too, and one that it means otherwise."""

    name: str = "left"
    bare: int = 1
    """No longer bare."""


def test_a_text_is_that_of_the_field_above_it_also_where_it_is_inherited() -> None:
    texts = {
        "name": "What it is called.",
        "renamed": "Has another name outside.",
        "stated": "Stated by itself.",
    }
    assert field_texts(Plain) == texts
    assert field_texts(Derived) == {**texts, "bare": "No longer bare."}


def test_a_schema_tells_the_texts_of_every_value_in_it() -> None:
    schema = Plain.model_json_schema()
    told = {name: each.get("description") for name, each in schema["properties"].items()}
    assert told == {
        "name": "What it is called.",
        "bare": None,
        "as": "Has another name outside.",
        "stated": "Stated by itself.",
        "inner": None,
    }
    inner = schema["$defs"]["Inner"]["properties"]["size_mm"]
    assert inner["description"] == "How long it is;\nand more."
