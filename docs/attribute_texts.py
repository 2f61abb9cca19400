"""What stands under the attributes of a class: Python itself forgets it."""

from __future__ import annotations

import ast
import inspect
import textwrap


def texts_in(kind: type) -> dict[str, str]:
    """Return what stands under each attribute in the source of a class."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    texts: dict[str, str] = {}
    name = ""
    for node in body.body if isinstance(body, ast.ClassDef) else ():
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                pass
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                texts[name] = text
            case _:
                name = ""
    return texts
