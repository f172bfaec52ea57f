"""Pages that belong to no app: errors, uploaded files, robots.txt."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from django.views.static import serve

# An uploaded file must not be able to act as a page of ours, whatever it holds.
MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
DAY_SECONDS = 86_400


@require_safe
def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """Uploaded pictures, where no web server before us serves them."""
    response = serve(request, name, document_root=str(settings.MEDIA_ROOT))
    response.headers["Content-Security-Policy"] = MEDIA_POLICY
    response.headers["Cache-Control"] = f"public, max-age={DAY_SECONDS}"
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /comments/", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(render_to_string("403_origin.html"), status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Uses no database and no context processor: one of them may be what failed."""
    return HttpResponse(render_to_string("500.html"), status=500)
