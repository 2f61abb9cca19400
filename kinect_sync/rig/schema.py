"""The rig file as a JSON Schema, for editors and other programs."""

from __future__ import annotations

from typing import Any

from kinect_sync.rig.model import RigFields

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rig_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the rig file.

    It says what each field takes. What fields must be to one another is beyond a schema; `ksync validate`
    judges that too.
    """
    schema = RigFields.model_json_schema(by_alias=True)
    schema.update(title="ksync rig", description="A rig of synchronized depth cameras, as it should be.")
    return {"$schema": _DIALECT, **schema}
