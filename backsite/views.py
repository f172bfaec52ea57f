"""Pages that belong to no app: errors, uploaded files, robots.txt."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe
from django.views.static import serve

from articles.views.moved import redirect_for, was_withdrawn
from backsite.lib.images import TYPES
from backsite.lib.web import OUTAGE, drop_broken_connections, site_link, unavailable

# An uploaded file must not be able to act as a page of ours, whatever it holds.
MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
DAY_SECONDS = 86_400
# Named by what they hold (articles.renditions): another content has another name.
LASTING_NAME = re.compile(r"pictures/[0-9a-f]{16}-\d+/[a-z]+-r\d+[0-9x-]*\.[a-z]+")
FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """Uploaded pictures, where no web server before us serves them; from a bucket too,
    so that readers' browsers ask no other host for anything."""
    try:
        if isinstance(storages["default"], FileSystemStorage):
            response: HttpResponseBase = serve(
                request, name, document_root=str(settings.MEDIA_ROOT)
            )
        else:
            response = _from_bucket(request, name)
    # A name too long for any file, with a NUL in it, or leading out of the folder.
    except (OSError, ValueError, SuspiciousOperation):
        raise Http404("There is no such picture.") from None
    if response.status_code == 200:
        kind = TYPES.get(name.rpartition(".")[2])
        response.headers["Content-Type"] = kind or response.headers["Content-Type"]
    response.headers["Content-Security-Policy"] = MEDIA_POLICY
    forever = LASTING_NAME.fullmatch(name) is not None
    response.headers["Cache-Control"] = FOR_EVER if forever else f"public, max-age={DAY_SECONDS}"
    return response


def _from_bucket(request: HttpRequest, name: str) -> HttpResponseBase:
    tag = quote_etag(name)
    if LASTING_NAME.fullmatch(name) and request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    response = FileResponse(default_storage.open(name))
    if LASTING_NAME.fullmatch(name):
        response.headers["ETag"] = tag
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Comment forms are nothing to search for; the feeds beside them may be read."""
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /comments/",
        "Allow: /comments/feed/",
        "",
        f"Sitemap: {site_link(reverse('sitemap_index'))}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Something may once have had this address; then readers are sent to where it is now."""
    try:
        if redirect := redirect_for(request):
            return redirect
        if request.method in ("GET", "HEAD") and was_withdrawn(request.path):
            return render(request, "410.html", status=410)
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
