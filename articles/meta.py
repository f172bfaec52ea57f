"""What a page says of itself to search engines and to those who share it: title,
description, canonical address, Open Graph and Twitter cards. One place for all of it;
`articles.linked_data` says the same in schema.org's words.

A field of `Findable` that staff filled stands above everything that is made here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from django.core.paginator import Page
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext

from backsite.lib.web import site_link

from . import linked_data
from .models import Article, Author, Picture, Site, Tag, Topic, credentials_line
from .models.found import SHOWN_OF_DESCRIPTION

Subject: TypeAlias = Article | Topic | Author | Tag


@dataclass(frozen=True)
class Meta:
    """Addresses are full ones. `data` is a list of schema.org nodes."""

    title: str
    heading: str
    description: str
    canonical: str
    kind: str = "website"
    picture: str = ""
    picture_alt: str = ""
    noindex: bool = False
    published: datetime | None = None
    modified: datetime | None = None
    section: str = ""
    tags: tuple[str, ...] = ()
    feeds: tuple[tuple[str, str], ...] = ()
    previous: str = ""
    following: str = ""
    data: list[dict[str, Any]] = field(default_factory=list)


def of(subject: Subject, site: Site, page: Page[Any] | None = None) -> Meta:
    """Of anything that has a page; `page` where that is one page of a list."""
    if isinstance(subject, Article):
        return of_article(subject, site)
    if isinstance(subject, Topic):
        return of_topic(subject, site, page)
    if isinstance(subject, Author):
        return of_author(subject, site, page)
    return of_tag(subject, site, page)


def of_article(article: Article, site: Site) -> Meta:
    canonical = article.canonical_address or site_link(article.get_absolute_url())
    picture = article.share_picture or article.picture
    description = _description(article, article.standfirst or article.search_text or article.title)
    return Meta(
        title=article.seo_title or f"{article.title} – {site.name}",
        heading=article.seo_title or article.title,
        description=description,
        canonical=canonical,
        kind="website" if article.is_page else "article",
        picture=address_of(picture) or address_of(site.share_picture),
        picture_alt=article.picture_alt if picture == article.picture else "",
        noindex=article.noindex,
        published=None if article.is_page else article.published_at,
        modified=None if article.is_page else article.updated_at or article.published_at,
        section=article.topic.name if article.topic else "",
        tags=tuple(tag.name for tag in article.tags.all()),
        data=linked_data.of_article(article, site, description, address_of(picture)),
    )


def of_topic(topic: Topic, site: Site, page: Page[Any] | None) -> Meta:
    address = topic.get_absolute_url()
    trail = [(step.name, step.get_absolute_url()) for step in topic.path]
    return _list(
        topic.seo_title or f"{topic.name} – {site.name}",
        topic.name,
        topic.canonical_address or address,
        page,
        description=_description(topic, topic.introduction or topic.name),
        picture=address_of(topic.share_picture) or address_of(site.share_picture),
        noindex=topic.noindex,
        feeds=_feeds("topic", topic),
        data=[linked_data.trail(trail)],
    )


def of_tag(tag: Tag, site: Site, page: Page[Any] | None) -> Meta:
    address = tag.get_absolute_url()
    return _list(
        tag.seo_title or f"{tag.name} – {site.name}",
        tag.name,
        tag.canonical_address or address,
        page,
        description=_description(tag, _articles_on(tag.name, site)),
        picture=address_of(tag.share_picture) or address_of(site.share_picture),
        noindex=tag.noindex,
        feeds=_feeds("tag", tag),
        data=[linked_data.trail([(tag.name, address)])],
    )


def _articles_on(name: str, site: Site) -> str:
    said = gettext("{name}: articles on {site}.")
    return said.format(name=name, site=site.name)


def of_author(author: Author, site: Site, page: Page[Any] | None) -> Meta:
    picture = address_of(author.share_picture or author.photo)
    address = author.get_absolute_url()
    written = page.paginator.count if page else 0
    data = [linked_data.profile(author, address_of(author.photo), written)]
    text = author.biography or credentials_line(author) or author.name
    return _list(
        author.seo_title or f"{author.name} – {site.name}",
        author.name,
        author.canonical_address or address,
        page,
        description=_description(author, text),
        kind="profile",
        picture=picture or address_of(site.share_picture),
        picture_alt=author.name if author.photo and not author.share_picture else "",
        noindex=author.noindex,
        feeds=_feeds("author", author),
        data=[*data, linked_data.trail([(author.name, address)])],
    )


def of_list(
    name: str,
    site: Site,
    path: str,
    page: Page[Any] | None,
) -> Meta:
    """Of a list that nobody has written anything about."""
    about = _articles_on(name, site)
    return _list(
        f"{name} – {site.name}",
        name,
        path,
        page,
        description=about,
        picture=address_of(site.share_picture),
        data=[linked_data.trail([(name, path)])],
    )


def of_place(name: str, site: Site, path: str, description: str) -> Meta:
    """Of a page that is neither a text nor a list, such as the newsletter's."""
    return Meta(
        title=f"{name} – {site.name}",
        heading=name,
        description=description or site.description,
        canonical=site_link(path),
        picture=address_of(site.share_picture),
        data=[linked_data.trail([(name, path)])],
    )


def of_home(site: Site) -> Meta:
    return Meta(
        title=f"{site.name}: {site.tagline}" if site.tagline else site.name,
        heading=site.name,
        description=site.description or site.tagline or site.name,
        canonical=site_link(reverse("articles:home")),
        picture=address_of(site.share_picture),
        data=[linked_data.organization(site, address_of(site.logo)), linked_data.website(site)],
    )


def address_of(picture: Picture | None) -> str:
    """The full address of a stored picture; empty without one."""
    return full(picture.url) if picture and picture.renditions else ""


def full(address: str) -> str:
    """Of a stored file: a storage elsewhere gives full addresses by itself."""
    return address if "://" in address else site_link(address)


def _list(title: str, heading: str, path: str, page: Page[Any] | None, **fields: Any) -> Meta:
    """Each page of a list is a page of its own: the second one does not stand for the first."""
    first = path if "://" in path else site_link(path)
    if page is None or page.paginator.num_pages == 1:
        return Meta(title=title, heading=heading, canonical=first, **fields)
    here: dict[str, Any] = {
        "previous": _page_of(first, page.number - 1) if page.has_previous() else "",
        "following": _page_of(first, page.number + 1) if page.has_next() else "",
    }
    if page.number == 1:
        return Meta(title=title, heading=heading, canonical=first, **here, **fields)
    words = f", page {page.number}"
    return Meta(
        title=f"{heading}{words}{title.removeprefix(heading)}"
        if title.startswith(heading)
        else f"{title}{words}",
        heading=f"{heading}{words}",
        canonical=_page_of(first, page.number),
        **here,
        **fields,
    )


def _page_of(address: str, number: int) -> str:
    return address if number == 1 else f"{address}?page={number}"


def _description(subject: Subject, otherwise: str) -> str:
    words = " ".join(otherwise.split())
    return subject.seo_description or Truncator(words).chars(2 * SHOWN_OF_DESCRIPTION)


def _feeds(kind: str, subject: Topic | Author | Tag) -> tuple[tuple[str, str], ...]:
    return ((subject.name, reverse(f"articles:{kind}_feed", args=[subject.slug])),)
