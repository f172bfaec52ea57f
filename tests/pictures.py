"""A picture as somebody uploaded it, of contents that no other has."""

from __future__ import annotations

import io
import itertools
from typing import Any

from articles.models import Picture
from tests.drawing import drawn

_sizes = itertools.count(100)


def make_picture(kind: str = "PNG", content: bytes | None = None, **fields: Any) -> Picture:
    """Not yet made in all sizes: that is the worker's."""
    content = content or drawn(kind, (next(_sizes), 60))
    by = fields.pop("by", None)
    picture, _ = Picture.take(io.BytesIO(content), "a picture", by=by, **fields)
    return picture
