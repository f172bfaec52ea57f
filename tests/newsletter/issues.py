"""Issues and readers, as tests make them."""

from __future__ import annotations

from typing import Any

from django.test import override_settings
from django.utils import timezone

from newsletter.elsewhere import addresses_in
from newsletter.models import Choice, Issue, Letter, LinkLook, Subscriber


def make_letter(key: str = "weekly", **fields: Any) -> Letter:
    return Letter.objects.get_or_create(key=key, defaults={"name": "The weekly letter", **fields})[
        0
    ]


def make_readers(count: int, *, letter: Letter | None = None, **fields: Any) -> list[Subscriber]:
    """People who get that letter: reader1@example.org and so on."""
    letter = letter or make_letter()
    known = {"state": "confirmed", "confirmed_at": timezone.now(), **fields}
    begin = Subscriber.objects.count() + 1
    people = Subscriber.objects.bulk_create(
        Subscriber(email=f"reader{number}@example.org", **known)
        for number in range(begin, begin + count)
    )
    Choice.objects.bulk_create(Choice(subscriber=person, letter=letter) for person in people)
    return people


def make_issue(**fields: Any) -> Issue:
    known = {
        "letter": make_letter(),
        "subject": "Walking helps",
        "body": "<p>Dear [[first_name|friend]], walk.</p>",
    }
    return Issue.objects.create(**{**known, **fields})


def look_at_links(issue: Issue) -> None:
    """Its links to other sites were looked at a moment ago, and lead somewhere."""
    seen = {"looked_at": timezone.now(), "found": LinkLook.Found.THERE}
    for address in addresses_in(issue.body):
        LinkLook.objects.update_or_create(address=address, defaults=seen)


def begun(**fields: Any) -> Issue:
    """One that is going out, its ledger written."""
    issue = make_issue(**fields)
    look_at_links(issue)
    issue.send_now(by=None)
    issue.refresh_from_db()
    with override_settings(MAIL_LEAVES=True):
        issue.perform()
    issue.refresh_from_db()
    return issue
