"""The mails that the newsletter sends to one person at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from articles.models import Site
from backsite.lib.mail.compose import compose, named
from backsite.lib.mail.models import Message
from backsite.lib.web import site_link

from . import layout
from .addresses import masked
from .layout import for_mail
from .plain import plain_text
from .returns import LEAVING, return_path
from .sending.mould import filled

if TYPE_CHECKING:
    from .models import Edition, Enrolment, Handover, Issue, Lesson, Move, Signup, Subscriber


def ask_to_confirm(subscriber: Subscriber, *, key: str) -> None:
    """Asks whether the address wants the letter. Holds nothing that a stranger typed:
    no name, no text, only our own words."""
    _send("newsletter/mail/confirm", subscriber, key=key, confirm_link=subscriber.confirm_path)


def already_subscribed(subscriber: Subscriber, *, key: str) -> None:
    """Tells the owner of the address, and only them, that they are on the list already."""
    _send_letter("newsletter/mail/already", subscriber, key=key)


def welcome(subscriber: Subscriber) -> None:
    """The first letter, with the link to the free book; once for each subscription."""
    _send_letter("newsletter/mail/welcome", subscriber, key=welcome_key(subscriber))


def welcome_key(subscriber: Subscriber) -> str:
    return f"welcome:{subscriber.pk}:{subscriber.round}"


def remind(subscriber: Subscriber) -> None:
    """Asks once more, and only once, who has not pressed the button."""
    key = f"remind:{subscriber.pk}:{subscriber.round}"
    _send("newsletter/mail/remind", subscriber, key=key, confirm_link=subscriber.confirm_path)


def send_page_link(subscriber: Subscriber, *, key: str) -> None:
    """The link to their own page, which somebody asked for with that address."""
    _send("newsletter/mail/page", subscriber, key=key, page_link=subscriber.preferences_path)


def send_data_link(asked: Signup) -> None:
    """The link to all that the site holds of an address; it works for a day."""
    key = f"signup:{asked.pk}"
    _send("newsletter/mail/data", None, to=asked.email, key=key, data_link=asked.data_path)


def ask_to_move(move: Move) -> None:
    """To the new address: the same words whoever has it, and nothing that a stranger typed."""
    _send(
        "newsletter/mail/move",
        move.subscriber,
        to=move.new_email,
        key=f"move:{move.pk}",
        accept_link=move.accept_path,
    )


def tell_of_move(move: Move) -> None:
    """To the old address: what is about to happen, and how to stop it. The new one is shown in
    full behind the link only: erased, it must not stay in a mail to somebody else."""
    _send(
        "newsletter/mail/moving",
        move.subscriber,
        key=f"moving:{move.pk}",
        new_address=masked(move.new_email),
        undo_link=move.undo_path,
    )


def take_back(subscriber: Subscriber) -> None:
    """Nothing of the newsletter that still waits goes out to somebody who has left."""
    Message.objects.to_person(subscriber.email).about("newsletter/").cancel()


def try_issue(issue: Issue, *, to: str) -> None:
    """The issue as it looks now, for somebody of the staff; its link to leave leads nobody."""
    parts = layout.render(issue)
    sample = {"leave_link": site_link("/"), "preferences_link": site_link("/")}
    sample["read_link"] = site_link("/")
    compose(
        "newsletter/mail/try",
        to=to,
        sender=named(Site.current().name),
        context={
            "issue": issue,
            "html": filled(parts.html, sample, as_html=True),
            "text": filled(parts.text, sample),
        },
        headers={"Auto-Submitted": "auto-generated"},
    )


def left_by_mail(subscriber: Subscriber) -> None:
    """Says that a mail in their name took them off the list: whoever wrote it, they know."""
    key = f"left-by-mail:{subscriber.pk}:{subscriber.round}"
    again = reverse("newsletter:sign_up")
    _send("newsletter/mail/left_by_mail", subscriber, key=key, again_link=again)


def leaving_headers(subscriber: Subscriber) -> dict[str, str]:
    """One-click leaving (RFC 8058, section 3.1) for every newsletter mail; and, where mail
    that comes back is read, leaving by a mail to a signed address (RFC 2369, 3.2)."""
    ways = [site_link(subscriber.leave_path)]
    if settings.BOUNCES and (address := return_path(LEAVING, subscriber.pk)):
        ways.append(f"mailto:{address}?subject=unsubscribe")
    return {
        "List-Unsubscribe": ", ".join(f"<{way}>" for way in ways),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def send_book(handover: Handover) -> None:
    """A fresh link to a book that is theirs, because they pressed the button for it."""
    key = f"book:{handover.pk}:{handover.mailed_at}"
    _send(
        "newsletter/mail/book",
        handover.subscriber,
        key=key,
        book=handover.book,
        book_link=handover.path,
    )


def tell_of_edition(handover: Handover, edition: Edition) -> None:
    """To who asked to hear of it, once for each edition."""
    _send_letter(
        "newsletter/mail/edition",
        handover.subscriber,
        key=edition_key(handover, edition),
        edition=edition,
        book=handover.book,
        book_link=handover.path,
    )


def edition_key(handover: Handover, edition: Edition) -> str:
    return f"edition:{edition.pk}:{handover.pk}"


def send_lesson(enrolment: Enrolment, lesson: Lesson) -> Message:
    """One letter of a course. Who left and came back gets one that was taken back anew."""
    person, html = enrolment.subscriber, for_mail(lesson.html)
    return _send_letter(
        "newsletter/mail/lesson",
        person,
        key=f"lesson:{enrolment.pk}:{lesson.pk}:{person.round}",
        course=enrolment.course,
        lesson=lesson,
        html=html,
        text=plain_text(html),
    )


def _send_letter(template: str, subscriber: Subscriber, *, key: str, **context: Any) -> Message:
    """What subscribers get: with their books, and with every way to leave."""
    books = subscriber.books()
    return _send(
        template,
        subscriber,
        key=key,
        headers=leaving_headers(subscriber),
        books=[(row.book.title, site_link(row.path)) for row in books],
        leave_link=subscriber.leave_path,
        change_link=subscriber.preferences_path,
        **context,
    )


def _send(
    template: str,
    subscriber: Subscriber | None,
    *,
    key: str,
    to: str = "",
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Message:
    site = Site.current()
    links = {
        name: site_link(value) if name.endswith("_link") else value
        for name, value in context.items()
    }
    return compose(
        template,
        to=to or (subscriber.email if subscriber else ""),
        sender=named(site.name),
        context={"site": site, "subscriber": subscriber, **links},
        # RFC 3834, section 5: no out-of-office notice comes back.
        headers={"Auto-Submitted": "auto-generated", **(headers or {})},
        key=key,
    )
