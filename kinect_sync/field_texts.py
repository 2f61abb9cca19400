"""The text under each field of a value, read from its source when a schema is made.

pydantic reads it for every class as it is defined, which is a sixth of what a process takes to start.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


@cache
def field_texts(kind: type[BaseModel]) -> dict[str, str]:
    """Return the text of each field that has one, also of those that are inherited."""
    told: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            told |= _texts_in(each)
    told |= {name: field.description for name, field in kind.model_fields.items() if field.description}
    return {name: text for name, text in told.items() if name in kind.model_fields}


def _texts_in(kind: type[BaseModel]) -> dict[str, str]:
    (defined,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    if not isinstance(defined, ast.ClassDef):
        return {}
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(defined.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
