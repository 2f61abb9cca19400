"""What the virtual color cameras see: one small valid JPEG per resolution."""

from __future__ import annotations

from functools import cache
from io import BytesIO

COLOR_SIZES = ((1280, 720), (1920, 1080), (2560, 1440), (2048, 1536), (3840, 2160), (4096, 3072))


@cache
def draw_lit_scene(width: int, height: int) -> bytes:
    """Draw the same scene while a light shines on it."""
    from PIL import Image

    lit = Image.open(BytesIO(draw_scene(width, height))).point(lambda level: min(255, level + 80))
    buffer = BytesIO()
    lit.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


@cache
def draw_scene(width: int, height: int) -> bytes:
    """Draw a baseline JPEG of this size: a gradient with a box before it."""
    from PIL import Image

    scene = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    scene.paste((200, 80, 40), (width // 3, height // 3, width // 2, height * 3 // 4))
    buffer = BytesIO()
    scene.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
