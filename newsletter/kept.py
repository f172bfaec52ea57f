"""What this app keeps about one person, known by an e-mail address: for the page on which the
site answers “what do you hold of mine?” and “delete it”. The roof calls it beside the same
of articles and comments.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from backsite.lib.records import Actor

from .models import (
    BounceEvent,
    Delivery,
    Hit,
    ImportRefusal,
    Move,
    ReturnedMail,
    Signup,
    Subscriber,
    Suppression,
)
from .models.erasing import left_before

ERASED_AT_ONCE: Final = 100


def kept_of(email: str) -> list[dict[str, Any]]:
    """As JSON, the oldest first of each kind; empty where nothing is kept."""
    found: list[dict[str, Any]] = []
    for person in Subscriber.objects.with_address(email):
        found += [_person(person), *_proofs(person), *_letters(person), *_books(person)]
        found += _issues(person)
    found += [_request(row) for row in Signup.objects.to_address(email).order_by("pk")]
    found += [_move(row) for row in Move.objects.naming(email).order_by("pk")]
    found += [_bounce(row) for row in BounceEvent.objects.of(email).order_by("pk")]
    found += [_written(row) for row in ReturnedMail.objects.of_sender(email).order_by("pk")]
    suppressed = Suppression.objects.of(email)
    return [*found, *([_suppression(suppressed)] if suppressed else [])]


def _said(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _person(person: Subscriber) -> dict[str, Any]:
    return {
        "what": "subscriber",
        "email": person.email,
        "first name": person.first_name,
        "state": person.get_state_display(),
        "first asked": _said(person.created_at),
        "confirmed": _said(person.confirmed_at),
        "left": _said(person.left_at),
        "how often": person.get_frequency_display(),
        "paused until": _said(person.paused_until),
    }


def _proofs(person: Subscriber) -> list[dict[str, Any]]:
    return [
        {
            "what": "proof of consent",
            "event": event.verb,
            "about": event.about,
            "at": _said(event.at),
            "page": event.source_page,
            "form": event.form,
            "words shown": event.wording,
            "network address (hash)": event.address_hash,
            "reason": event.why,
        }
        for event in person.events.all()
    ]


def _letters(person: Subscriber) -> list[dict[str, Any]]:
    rows = person.choices.select_related("letter")
    chosen = [
        {
            "what": "letter chosen",
            "letter": row.letter.name,
            "since": _said(row.since),
            "ended": _said(row.ended_at),
        }
        for row in rows
    ]
    courses = [
        {
            "what": "series of letters",
            "series": row.course.name,
            "begun": _said(row.begun_at),
            "finished": _said(row.finished_at),
            "ended": _said(row.ended_at),
            "had": [sent.lesson.subject for sent in row.sent.select_related("lesson")],
        }
        for row in person.enrolments.select_related("course")
    ]
    return [*chosen, *courses]


def _books(person: Subscriber) -> list[dict[str, Any]]:
    return [
        {
            "what": "book handed over",
            "book": row.book.title,
            "at": _said(row.at),
            "times opened": row.opened,
            "first opened": _said(row.opened_at),
            "wants to hear of new editions": row.wants_news,
        }
        for row in person.handovers.select_related("book")
    ]


def _issues(person: Subscriber) -> list[dict[str, Any]]:
    rows = Delivery.objects.filter(subscriber=person).select_related("issue").order_by("pk")
    rows = rows.prefetch_related(
        Prefetch("hits", Hit.objects.select_related("link").order_by("pk"))
    )
    return [
        {
            "what": "letter",
            "state": row.get_state_display(),
            "subject": row.issue.subject,
            "when": _said(row.settled_at),
            **_hits(row),
        }
        for row in rows
    ]


def _hits(row: Delivery) -> dict[str, Any]:
    """Nothing where it is not counted by whom."""
    hits = row.hits.all()
    if not hits:
        return {}
    return {
        "opened": [_said(hit.at) for hit in hits if hit.link is None],
        "links followed": [f"{hit.link}, {_said(hit.at)}" for hit in hits if hit.link],
    }


def _request(row: Signup) -> dict[str, Any]:
    return {
        "what": "request in a form",
        "kind": row.get_kind_display(),
        "email": row.email,
        "first name": row.first_name,
        "page": row.source_page,
        "campaign": row.campaign,
        "asked": _said(row.created_at),
        "what came of it": row.get_outcome_display(),
    }


def _move(row: Move) -> dict[str, Any]:
    return {
        "what": "change of address",
        "from": row.old_email,
        "to": row.new_email,
        "asked": _said(row.created_at),
        "confirmed at the old one": _said(row.agreed_at),
        "confirmed at the new one": _said(row.accepted_at),
        "moved": _said(row.moved_at),
        "stopped": _said(row.stopped_at),
    }


def _bounce(row: BounceEvent) -> dict[str, Any]:
    return {
        "what": "mail that came back",
        "kind": row.get_kind_display(),
        "what was said": row.words,
        "when": _said(row.happened_at),
    }


def _written(row: ReturnedMail) -> dict[str, Any]:
    return {
        "what": "mail to us",
        "subject": row.subject,
        "when": _said(row.came_at),
        "text": bytes(row.raw or b"").decode("utf-8", "replace"),
    }


def _suppression(row: Suppression) -> dict[str, Any]:
    return {
        "what": "address that gets no mail",
        "email": row.email,
        "why": row.get_reason_display(),
        "since": _said(row.at),
        "lifted": _said(row.lifted_at),
    }


def erase_who_left_long_ago() -> int:
    """Their consent has to be proved to nobody any more. A few at a time: it is called often.
    What came of that address since then stays until it is as old: somebody may have to answer
    it."""
    past = timezone.now() - timedelta(days=round(365.25 * settings.PROOF_YEARS))
    count = 0
    for pk in list(left_before(past).values_list("pk", flat=True)[:ERASED_AT_ONCE]):
        with transaction.atomic():
            # Asked once more: they may have come back this very moment.
            person = left_before(past).filter(pk=pk).select_for_update(of=("self",)).first()
            if person is not None:
                why = f"left more than {settings.PROOF_YEARS} years ago"
                erase(person.email, by=None, why=why, before=past)
                count += 1
    BounceEvent.objects.heard_before(past).of_nobody().forget()
    ReturnedMail.objects.keeping_text().came_before(past).of_nobody().forget()
    return count


@transaction.atomic
def erase(email: str, *, by: Actor, why: str = "", before: datetime | None = None) -> int:
    """Takes out what is kept of them, for good; of mail that came back and mail that they wrote
    to us only what is older than `before`, where that is given. That an address must get no
    mail stays, or the next import would bring it back."""
    people = list(Subscriber.objects.with_address(email))
    for person in people:
        person.erase(by=by, why=why)
    Signup.objects.to_address(email).forget()
    Move.objects.naming(email).forget()
    BounceEvent.objects.of(email).heard_before(before).forget()
    ReturnedMail.objects.of_sender(email).came_before(before).forget()
    ImportRefusal.objects.filter(email__iexact=email).delete()
    return len(people)
