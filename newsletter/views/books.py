"""Free books: where one signs up for one, and the page behind the link."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backsite.lib.pagecache import cacheable
from backsite.lib.web import answers_strangers

from .. import links
from ..addresses import masked
from ..evidence import evidence
from ..forms import Box
from ..models import Book, Handover, Subscriber
from ..personal import link_token, personal
from ..wording import NEWS_WORDS, NO_NEWS_WORDS

BOOK_PAGE: Final = "/newsletter/book/"


@cacheable()
@require_safe
def offer(request: HttpRequest, slug: str) -> HttpResponse:
    """What is in it, and the box that brings it."""
    book = get_object_or_404(Book.objects.on_offer(), slug=slug)
    box = Box.empty("book", page=request.path, book=book)
    return render(request, "newsletter/book_offer.html", {"book": book, "box": box})


@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
@personal(links.BOOK, page=BOOK_PAGE, however_old=True)
def book(request: HttpRequest, subscriber: Subscriber, slug: str = "") -> HttpResponse:
    """For those who have confirmed; it stays theirs when they leave. The newest edition."""
    handover = _handover(subscriber, slug)
    if request.method == "POST" and handover is not None:
        return _act(request, handover)
    shown = handover.book if handover else Book.objects.current()
    context: dict[str, Any] = {
        "book": shown if shown and shown.offered else None,
        "handover": handover,
        "address": masked(subscriber.email),
        "done": request.GET.get("done", ""),
        "subscriber": subscriber,
        "token": link_token(request),
    }
    if links.is_over(links.BOOK, link_token(request)):
        return render(request, "newsletter/book_over.html", context, status=410)
    return render(request, "newsletter/book.html", context)


def _act(request: HttpRequest, handover: Handover) -> HttpResponse:
    done = ""
    if request.POST.get("do") == "send":
        done = "sent" if handover.send_again() else "wait"
    elif request.POST.get("do") in ("news", "no-news") and handover.subscriber.is_confirmed:
        wanted = request.POST["do"] == "news"
        words = NEWS_WORDS if wanted else NO_NEWS_WORDS
        handover.want_news(
            wanted, evidence=evidence(request, page=BOOK_PAGE, form="book", wording=words)
        )
        done = "kept"
    return redirect(f"{request.path}?done={done}" if done else request.path)


@answers_strangers
@require_POST
@personal(links.BOOK, page=BOOK_PAGE)
def opened(request: HttpRequest, subscriber: Subscriber, slug: str) -> HttpResponse:
    """A browser says that somebody reads it: opening the page counts nothing, since mail
    scanners do that too."""
    handover = _handover(subscriber, slug)
    if handover is not None:
        handover.count_opening()
    return HttpResponse(status=204)


@answers_strangers
@require_POST
@personal(links.BOOK, page=BOOK_PAGE)
def file(request: HttpRequest, subscriber: Subscriber, slug: str) -> HttpResponse | FileResponse:
    """The book as a file. By a button, which scanners do not press, so it counts as opened."""
    handover = _handover(subscriber, slug)
    if handover is None or not handover.book.file:
        raise Http404
    stored = handover.book.file
    name = f"{handover.book.slug}{PurePath(str(stored.name)).suffix}"
    response = FileResponse(stored.open("rb"), as_attachment=True, filename=name)
    handover.count_opening()
    return response


def _handover(subscriber: Subscriber, slug: str) -> Handover | None:
    """Theirs; of an address without a book's name the newest."""
    if subscriber.confirmed_at is None:
        raise links.OutdatedLink
    mine = subscriber.handovers.select_related("book", "subscriber").order_by("-pk")
    if not slug:
        return mine.first()
    found = mine.filter(book__slug=slug).first()
    if found is None:
        raise links.OutdatedLink
    return found
