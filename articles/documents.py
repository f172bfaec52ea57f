"""Articles as JSON for others' programs. The list is a JSON Feed (jsonfeed.org, version 1.1);
an article's own document says the same in the same words, and its text and evidence besides.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.urls import reverse

from backsite.lib.text import sendable
from backsite.lib.web import site_link

from .feeds import Row, lasting_id, text_for_feeds
from .meta import address_of
from .models import Article, Author, Reference, Site, Tag, Topic, credentials_line
from .pictures import show_pictures

Document = dict[str, Any]

JSON_FEED: Final = "https://jsonfeed.org/version/1.1"


def of_list(
    site: Site, row: Row | None, articles: list[Article], more: bool, here: str
) -> Document:
    """One page of the site's articles, or of a row's; `more`: others follow."""
    first = list_of(row)
    home = row.get_absolute_url() if row else reverse("articles:home")
    return _said(
        {
            "version": JSON_FEED,
            "title": f"{row.name} – {site.name}" if row else site.name,
            "description": site.description or site.tagline,
            "home_page_url": site_link(home),
            "feed_url": site_link(here),
            "next_url": site_link(f"{first}?after={articles[-1].pk}") if more else "",
            "language": settings.LANGUAGE_CODE,
            "items": [
                _item(article)
                | {
                    "content_text": sendable(article.standfirst or article.title),
                    "_backsite": {"document": _document_of(article)},
                }
                for article in articles
            ],
        },
        always=("items",),
    )


def of_article(article: Article) -> Document:
    """`article` as `whole.of` brings it."""
    address = site_link(article.get_absolute_url())
    known = article.parts.pictures if article.parts else None
    further = list(article.further_topics.all())
    topics = [article.topic, *further] if article.topic else further
    return _item(article) | {
        "content_html": text_for_feeds(show_pictures(article.html, known), address),
        "key_points": [sendable(point) for point in article.points],
        "authors": [_person(line.author) for line in article.bylines.all()],
        "topics": [_filed(topic) for topic in topics],
        "references": [
            {"number": number, **_reference(reference)}
            for number, reference in enumerate(article.cited(), start=1)
        ],
        "review": _review(article),
        "changes": [
            {"date": note.date.isoformat(), "text": sendable(note.text)}
            for note in article.change_notes.all()
        ],
    }


def list_of(row: Row | None = None) -> str:
    """Where the list of all articles, or of a row's, begins."""
    if row is None:
        return reverse("articles:api_articles")
    return reverse(f"articles:api_{row._meta.model_name}", args=[row.slug])


def _item(article: Article) -> Document:
    """What JSON Feed calls an item, but for its content."""
    return _said(
        {
            "id": lasting_id(f"article-{article.pk}", article.created_at),
            "url": site_link(article.get_absolute_url()),
            "title": sendable(article.title),
            "summary": sendable(article.standfirst),
            "image": address_of(article.picture),
            "date_published": article.published_at,
            "date_modified": article.updated_at or article.published_at,
            "authors": [_name(line.author) for line in article.bylines.all()],
            "tags": [sendable(tag.name) for tag in article.tags.all()],
            "language": settings.LANGUAGE_CODE,
        }
    )


def _name(author: Author) -> Document:
    return {"name": sendable(author.name), "url": site_link(author.get_absolute_url())}


def _person(author: Author) -> Document:
    """What stands beside a name on the page: only what is valid today."""
    return _said(
        {
            **_name(author),
            "avatar": address_of(author.photo),
            "credentials": sendable(credentials_line(author)),
            "articles": site_link(list_of(author)),
        }
    )


def _filed(row: Topic | Tag) -> Document:
    return {
        "name": sendable(row.name),
        "url": site_link(row.get_absolute_url()),
        "articles": site_link(list_of(row)),
    }


def _reference(reference: Reference) -> Document:
    return _said(
        {
            "authors": sendable(reference.authors),
            "year": reference.year,
            "title": sendable(reference.title),
            "source": sendable(reference.source),
            "kind": sendable(reference.kind),
            "doi": reference.doi,
            "pmid": reference.pmid,
            "url": reference.link,
        }
    )


def _review(article: Article) -> Document | None:
    """None as soon as it is not all true any more: nobody's name stands behind the rest."""
    review = article.true_review
    if review is None:
        return None
    return {
        "reviewer": _name(review.reviewer) | {"credential": sendable(review.credential.line)},
        "date": review.date.isoformat(),
        "next_due": review.next_due.isoformat(),
    }


def _document_of(article: Article) -> str:
    return site_link(reverse("articles:api_article", args=[article.pk]))


def _said(document: Document, always: tuple[str, ...] = ()) -> Document:
    """Without what is not known: JSON Feed leaves out what is empty."""
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in document.items()
        if key in always or value not in (None, "", [])
    }
