"""The mails that the newsletter sends to one person at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from articles.models import Site
from backsite.lib.mail.compose import compose, named
from backsite.lib.mail.models import Message
from backsite.lib.web import site_link

if TYPE_CHECKING:
    from .models import Subscriber


def ask_to_confirm(subscriber: Subscriber, *, key: str) -> None:
    """Asks whether the address wants the letter. Holds nothing that a stranger typed:
    no name, no text, only our own words."""
    _send("newsletter/mail/confirm", subscriber, key=key, confirm_link=subscriber.confirm_path)


def already_subscribed(subscriber: Subscriber, *, key: str) -> None:
    """Tells the owner of the address, and only them, that they are on the list already."""
    _send_letter("newsletter/mail/already", subscriber, key=key)


def welcome(subscriber: Subscriber) -> None:
    """The first letter, with the link to the free book; once for each subscription."""
    key = f"welcome:{subscriber.pk}:{subscriber.round}"
    _send_letter("newsletter/mail/welcome", subscriber, key=key)


def take_back(subscriber: Subscriber) -> None:
    """Nothing of the newsletter that still waits goes out to somebody who has left."""
    Message.objects.filter(to=subscriber.email).about("newsletter/").cancel()


def leaving_headers(subscriber: Subscriber) -> dict[str, str]:
    """One-click leaving (RFC 8058, section 3.1) for every newsletter mail."""
    return {
        "List-Unsubscribe": f"<{site_link(subscriber.leave_path)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _send_letter(template: str, subscriber: Subscriber, *, key: str) -> None:
    """What subscribers get: with the book, and with every way to leave."""
    from .models import Book

    _send(
        template,
        subscriber,
        key=key,
        headers=leaving_headers(subscriber),
        book=Book.objects.current(),
        book_link=subscriber.book_path,
        leave_link=subscriber.leave_path,
    )


def _send(
    template: str,
    subscriber: Subscriber,
    *,
    key: str,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> None:
    site = Site.current()
    links = {
        name: site_link(value) if name.endswith("_link") else value
        for name, value in context.items()
    }
    compose(
        template,
        to=subscriber.email,
        sender=named(site.name),
        context={"site": site, "subscriber": subscriber, **links},
        # RFC 3834, section 5: no out-of-office notice comes back.
        headers={"Auto-Submitted": "auto-generated", **(headers or {})},
        key=key,
    )
