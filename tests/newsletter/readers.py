"""What readers of the newsletter do, as steps that tests are written in."""

from __future__ import annotations

import re
from typing import Any

import lxml.html
from django.test import Client
from django.utils.text import slugify

from backsite.lib import work
from backsite.lib.mail.models import Message
from newsletter.models import Book, Subscriber

ANN = "ann@example.org"
BROWSER = {"user-agent": "Mozilla/5.0"}


def sign_up(client: Client, email: str = ANN, **fields: str) -> Any:
    """Sends the box, as it stands under an article."""
    typed = {"email": email, "page": "/articles/walking/", "form": "article", **fields}
    return client.post("/newsletter/", typed, headers=BROWSER)


def do_what_is_due() -> None:
    """The worker's rounds, until nothing is due any more."""
    while work.sweep():
        pass


def mails(address: str = ANN) -> list[Message]:
    return list(Message.objects.filter(to__iexact=address).order_by("pk"))


def templates(address: str = ANN) -> list[str]:
    """Which mails the address got, in their order."""
    return [mail.template.rpartition("/")[2] for mail in mails(address)]


def link(message: Message, kind: str) -> str:
    """The path of the link of that kind (confirm, leave, book) in the message's text."""
    found = re.search(rf"https?://[^/\s]+(/newsletter/{kind}/\S+/)", message.text)
    assert found, f"no {kind} link in {message.text}"
    return found[1]


def asked(client: Client, email: str = ANN, **fields: str) -> str:
    """Signs up; returns the path of the link to confirm."""
    sign_up(client, email, **fields)
    do_what_is_due()
    return link(mails(email)[-1], "confirm")


def subscribed(client: Client, email: str = ANN, **fields: str) -> Subscriber:
    """Somebody who signed up and confirmed, all mails written."""
    client.post(asked(client, email, **fields))
    do_what_is_due()
    return Subscriber.objects.confirmed().with_address(email).get()


def make_book(title: str = "A short guide") -> Book:
    book = Book(
        title=title,
        slug=slugify(title),
        standfirst="Six chapters.",
        body="<h2>Why it hurts</h2><p>Because.</p><h2>What helps</h2><p>Walking.</p>",
    )
    book.render()
    book.save()
    return book


def parsed(page: str | bytes) -> Any:
    """The page as lxml knows it; untyped, because XPath answers with anything."""
    return lxml.html.fromstring(page)


def text_of(response: Any) -> str:
    """What the reader sees, roughly: the page without its tags."""
    page = re.sub(r"<(script|style|title).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def shapes(done: Any) -> tuple[str, ...]:
    """The statements of a CaptureQueriesContext, without the values in them: the same shapes
    are the same work."""
    return tuple(
        re.sub(r"'(?:[^']|'')*'|\"s\d+_x\d+\"|\b\d+\b", "?", query["sql"]) for query in done
    )
