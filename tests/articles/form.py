"""The form of an article as a browser would send it."""

from __future__ import annotations

from typing import Any

import lxml.html
from django.test import Client

from articles.models import Article

LIST = "/admin/articles/article/"
ADD = f"{LIST}add/"

Fields = dict[str, str | list[str]]


def address_of(article: Article | None) -> str:
    return f"{LIST}{article.pk}/change/" if article else ADD


def opened(client: Client, article: Article | None = None, query: str = "") -> Fields:
    """All that stands in the form when it is opened."""
    page = client.get(address_of(article) + query).content.decode()
    return fields_of(page)


def fields_of(page: str) -> Fields:
    document: Any = lxml.html.fromstring(page)
    form = document.get_element_by_id("article_form")
    found: Fields = {}
    for name, sent in form.form_values():
        if name == "csrfmiddlewaretoken":
            continue
        # HTML lets the first line end of a text area go; lxml does not.
        value = sent.removeprefix("\n")
        before = found.get(name)
        if before is None:
            found[name] = value
        else:
            found[name] = [*(before if isinstance(before, list) else [before]), value]
    return found


def send(client: Client, sent: Fields, button: str, article: Article | None = None) -> str:
    """Presses a button; the page that follows."""
    answer = client.post(address_of(article), {**sent, button: "1"}, follow=True)
    return answer.content.decode()
