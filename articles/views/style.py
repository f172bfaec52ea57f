"""The style sheet in the site's own colours."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from articles import style

FOR_EVER: Final = "public, max-age=31536000, immutable"


@require_safe
def sheet(request: HttpRequest, light: str, dark: str, name: str) -> HttpResponse:
    """Everything that it depends on stands in its address. Asked for by the name of another
    release's sheet, it is today's, and nobody keeps it."""
    current = style.name_of_sheet(light, dark)
    plain, packed = style.packed(light, dark, current)
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(packed if zipped else plain, content_type="text/css; charset=utf-8")
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOR_EVER if name == current else "no-cache"
    # For nginx: any two colours are an address, and its room is for pages.
    response.headers["X-Accel-Expires"] = "0"
    return response
