"""Pages that belong to no app: errors, uploaded files, robots.txt."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from django.views.static import serve

from backsite.lib.web import OUTAGE, drop_broken_connections, unavailable

# An uploaded file must not be able to act as a page of ours, whatever it holds.
MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
DAY_SECONDS = 86_400


@require_safe
def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """Uploaded pictures, where no web server before us serves them."""
    try:
        response = serve(request, name, document_root=str(settings.MEDIA_ROOT))
    # A name too long for any file, with a NUL in it, or leading out of the folder.
    except (OSError, ValueError, SuspiciousFileOperation):
        raise Http404("There is no such file.") from None
    response.headers["Content-Security-Policy"] = MEDIA_POLICY
    response.headers["Cache-Control"] = f"public, max-age={DAY_SECONDS}"
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /comments/", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    try:
        return render(request, "404.html", status=404)
    except OUTAGE:
        drop_broken_connections()
        return unavailable()


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(render_to_string("403_origin.html"), status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Uses no database and no context processor: one of them may be what failed."""
    return HttpResponse(render_to_string("500.html"), status=500)
