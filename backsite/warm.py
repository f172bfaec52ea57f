"""What a process of the web server makes before it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse

from articles.models.reading import most_read


def most_read_addresses() -> Iterator[str]:
    """The home page, and the articles that most readers asked for lately."""
    yield urljoin(settings.SITE_URL, reverse("articles:home"))
    for article in most_read():
        yield urljoin(settings.SITE_URL, article.get_absolute_url())
