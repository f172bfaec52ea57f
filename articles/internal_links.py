"""Which links of a text lead to nothing on this site."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote, urlsplit

import lxml.html
from django.conf import settings
from django.urls import Resolver404, resolve

from .models import Article, Author, Tag, Topic

# What has to be there for the address of that name to answer.
THINGS: Final[dict[str, Any]] = {
    "articles:article": Article.objects.published().articles(),
    "articles:page": Article.objects.published().pages(),
    "articles:topic": Topic.objects.all(),
    "articles:tag": Tag.objects.all(),
    "articles:author": Author.objects.all(),
}


def dead_links(article: Article) -> list[tuple[str, str]]:
    """(address, words of the link) of each that leads nowhere, in their order. One query for
    each kind of thing linked to; nothing is asked of other sites. An old address that leads
    on is as good as a new one."""
    root = lxml.html.fragment_fromstring(article.body or "", create_parent="div")
    links = [(str(link.get("href")), link) for link in root.iter("a") if link.get("href")]
    anchors = _anchors(article)
    wanted: dict[str, set[str]] = {}
    dead: list[tuple[str, str, str, str]] = []
    for address, link in links:
        words = " ".join(link.text_content().split())
        name, slug = _target(address, anchors)
        if name in THINGS:
            wanted.setdefault(name, set()).add(slug)
        if name:
            dead.append((address, words, name, slug))
    there = {
        name: set(THINGS[name].filter(slug__in=slugs).values_list("slug", flat=True))
        for name, slugs in wanted.items()
    }
    gone = [row for row in dead if row[3] not in there.get(row[2], set())]
    led_on = _led_on([address for address, *_ in gone])
    return [(address, words) for address, words, *_ in gone if address not in led_on]


def _anchors(article: Article) -> set[str]:
    root = lxml.html.fragment_fromstring(article.html or "", create_parent="div")
    return {str(element.get("id")) for element in root.xpath(".//*[@id]")}


def _target(address: str, anchors: set[str]) -> tuple[str, str]:
    """(name of the address, slug); "nothing" for one that cannot be, no name for one that
    is there or is not ours."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "nothing", ""
    ours = parts.netloc in ("", urlsplit(settings.SITE_URL).netloc)
    files = parts.path.startswith((settings.MEDIA_URL, settings.STATIC_URL))
    if not ours or files or parts.scheme not in ("", "http", "https"):
        return "", ""
    if address.startswith("#"):
        there = address == "#" or unquote(parts.fragment) in anchors
        return "" if there else "nothing", ""
    try:
        found = resolve(unquote(parts.path))
    except Resolver404:
        return "nothing", ""
    return found.view_name if found.view_name in THINGS else "", str(found.kwargs.get("slug", ""))


def _led_on(addresses: list[str]) -> set[str]:
    from .models.address import OldAddress, normal  # it needs the models that we are asked by

    paths = {address: normal(address) for address in addresses}
    known = set(
        OldAddress.objects.filter(path__in=paths.values()).values_list("path", flat=True)
        if addresses
        else ()
    )
    return {address for address, path in paths.items() if path in known}
