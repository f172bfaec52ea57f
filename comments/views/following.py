"""Pages of the mails about replies. Each shows a button: programs open every link in a
mail, and only a person presses. The links are secrets, so no other site can send these
POSTs; mail programs send some themselves (RFC 8058).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from backsite.lib.web import answers_strangers

from .. import links
from ..models import Following, Reader
from ..models.following import replies_below

# Enough to catch up; a lively thread is read on its page.
MOST_REPLIES: Final = 20

View = Callable[[HttpRequest, int], HttpResponse]


def personal(purpose: str) -> Callable[[View], Callable[[HttpRequest, str], HttpResponse]]:
    """Calls the view with the key that a signed link names; says so where it is none."""

    def around(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
        @never_cache
        @wraps(view)
        def inner(request: HttpRequest, token: str) -> HttpResponse:
            try:
                return view(request, links.read(purpose, token))
            except links.BadLink as bad:
                return link_over(request, outdated=bad.outdated)
            except (Reader.DoesNotExist, Following.DoesNotExist):
                return link_over(request, outdated=True)

        return answers_strangers(require_http_methods(["GET", "HEAD", "POST"])(inner))

    return around


def link_over(request: HttpRequest, *, outdated: bool) -> HttpResponse:
    return render(request, "comments/link_over.html", {"outdated": outdated}, status=410)


@personal(links.CONFIRM)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever presses the button reads the mail of this address."""
    reader = Reader.objects.get(pk=pk)
    if request.method == "POST":
        reader.confirm()
        reader.unmute()
    context = {"reader": reader, "replies": []}
    if reader.confirmed_at and not reader.muted_at:
        rows = replies_below(reader.followings.awake()).exclude(email__iexact=reader.email)
        context["replies"] = list(rows.select_related("article")[:MOST_REPLIES])
    return render(request, "comments/confirm.html", context)


@personal(links.MUTE)
def mute(request: HttpRequest, pk: int) -> HttpResponse:
    """No more mails about one thread, or again."""
    following = Following.objects.select_related("reader", "comment__article").get(pk=pk)
    if request.method == "POST":
        following.unmute() if request.POST.get("do") == "again" else following.mute()
    all_path = links.path_to(links.MUTE_ALL, following.reader_id)
    context = {"following": following, "muted": following.is_muted, "all_path": all_path}
    return render(request, "comments/mute.html", context)


@personal(links.MUTE_ALL)
def mute_all(request: HttpRequest, pk: int) -> HttpResponse:
    """No more mails about replies and answers at all, or again."""
    reader = Reader.objects.get(pk=pk)
    if request.method == "POST":
        reader.unmute() if request.POST.get("do") == "again" else reader.mute()
    return render(request, "comments/mute_all.html", {"reader": reader})
