"""Letters that went out, for everybody who did not get them: without a word about any reader."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import lxml.html
from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from articles.feeds import WholeRss, lasting_id, text_for_feeds
from articles.models import Site
from backsite.lib.pagecache import cacheable
from backsite.lib.text import sendable
from backsite.lib.web import site_link

from .. import links
from ..blocks.filling import fill
from ..blocks.shown import take_out_the_gone
from ..layout import inner_html
from ..models import Issue, Subscriber
from ..models.issue_queries import IssueQuerySet
from ..personal import personal
from ..sending.mould import filled

PAGE_LENGTH: Final = 30
FEED_LENGTH: Final = 20
TAG: Final = "letters"
# Letters quote what readers wrote under articles, for as long as the site shows it.
QUOTED: Final = ("articles", "comments")


@cacheable(TAG)
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    found = Issue.objects.in_archive().select_related("letter")
    found = found.defer("body", "filled", "html", "text")
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    for issue in page:
        issue.subject = for_everybody(issue.subject)
    return render(request, "newsletter/letters.html", {"page": page})


@cacheable(TAG, *QUOTED)
@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    return _letter(request, Issue.objects.readable(), pk)


@personal(links.READ, page="/newsletter/letters/")
@require_safe
def letter_of_reader(request: HttpRequest, reader: Subscriber, pk: int) -> HttpResponse:
    """By the link in somebody's own letter, which is worth nothing for letters that they did
    not get, or once they have left. What it shows is the same for all of them."""
    return _letter(request, Issue.objects.readable_by(reader), pk, noindex=True)


def _letter(
    request: HttpRequest, issues: IssueQuerySet, pk: int, *, noindex: bool = False
) -> HttpResponse:
    issue = get_object_or_404(issues.select_related("letter"), pk=pk)
    context = {
        "issue": issue,
        "subject": for_everybody(issue.subject),
        "body": bodies_of([issue])[0],
        "noindex": noindex,
        "box_page": issue.get_absolute_url(),
    }
    return render(request, "newsletter/letter.html", context)


def for_everybody(text: str, *, as_html: bool = False) -> str:
    """With the words that stand where we know nothing of a reader."""
    return filled(text, {}, as_html=as_html)


def bodies_of(issues: Iterable[Issue]) -> list[str]:
    """Their words without a link that is anybody's own, and without what readers wrote and the
    site does not show any more."""
    roots = [
        lxml.html.fragment_fromstring(issue.filled or fill(issue).html, create_parent="div")
        for issue in issues
    ]
    take_out_the_gone(roots)
    for root in roots:
        for link in list(root.iter("a")):
            if "[[" in link.get("href", ""):
                link.drop_tag()
    return [for_everybody(inner_html(root), as_html=True) for root in roots]


class LetterFeed(Feed[Issue, Site]):
    feed_type = WholeRss
    item_guid_is_permalink = False

    def get_object(self, request: HttpRequest) -> Site:
        return Site.current()

    def title(self, obj: Site) -> str:
        return sendable(f"{obj.newsletter_title} – {obj.name}")

    def description(self, obj: Site) -> str:
        return sendable(obj.newsletter_pitch or obj.newsletter_title)

    def link(self, obj: Site) -> str:
        return site_link(reverse("newsletter:letters"))

    def feed_url(self, obj: Site) -> str:
        return site_link(reverse("newsletter:letters_feed"))

    def items(self, obj: Site) -> list[Issue]:
        found = list(Issue.objects.in_archive().defer("html", "text")[:FEED_LENGTH])
        for issue, body in zip(found, bodies_of(found), strict=True):
            issue.filled = body
        return found

    def item_title(self, item: Issue) -> str:
        return sendable(for_everybody(item.subject))

    def item_link(self, item: Issue) -> str:
        return site_link(item.get_absolute_url())

    def item_guid(self, item: Issue) -> str:
        return lasting_id(f"letter-{item.pk}", item.created_at)

    def item_pubdate(self, item: Issue) -> datetime | None:
        return item.started_at

    def item_description(self, item: Issue) -> str:
        return sendable(for_everybody(item.preheader))

    def item_extra_kwargs(self, item: Issue) -> dict[str, str]:
        return {"content": text_for_feeds(item.filled, self.item_link(item))}


feed = cacheable(TAG, *QUOTED)(require_safe(LetterFeed()))
