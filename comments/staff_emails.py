"""The mails that staff get about comments. Each link opens a page; none decides anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from articles.models import Site
from backsite.lib.mail.compose import compose, named
from backsite.lib.text import sendable
from backsite.lib.web import site_link

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from backsite.lib.mail.models import Message

    from .models import Alert, Comment

# A letter of more is not read to its end; the rest waits on the desk, and the letter says so.
MOST_SHOWN: Final = 30
# RFC 3834, section 5: nothing answers this by itself.
BY_A_MACHINE: Final = {"Auto-Submitted": "auto-generated"}


@dataclass(frozen=True)
class Told:
    """One comment in a letter, with the most pressing thing there is to say about it."""

    comment: Comment
    kind: str
    words: str
    link: str


def alert_staff(user: AbstractBaseUser, alerts: Sequence[Alert]) -> Message:
    """One letter about all of these; the most pressing first, then the longest waiting."""
    told = _told(alerts)
    # With its time: the row of a question that was opened again tells anew.
    newest = max(alerts, key=lambda one: (one.created_at, one.pk))
    return _to_staff(
        "comments/mail/alert",
        user,
        key=f"comment-alert:{user.pk}:{newest.pk}:{newest.created_at:%Y%m%d%H%M%S%f}",
        context={
            "told": told[:MOST_SHOWN],
            "count": len(told),
            "more": max(0, len(told) - MOST_SHOWN),
            "late": sum(row.kind in ("late", "overdue") for row in told),
            "danger": sum(row.kind == "danger" for row in told),
            "first": told[0],
        },
    )


def _told(alerts: Sequence[Alert]) -> list[Told]:
    pressing = ("danger", "overdue", "late", "new")
    rows: dict[int, Alert] = {}
    for alert in sorted(alerts, key=lambda one: pressing.index(one.kind), reverse=True):
        rows[alert.comment_id] = alert
    ordered = sorted(
        rows.values(),
        key=lambda one: (pressing.index(one.kind), one.comment.created_at, one.comment_id),
    )
    return [
        Told(one.comment, one.kind, str(one.get_kind_display()), desk_link(one.comment))
        for one in ordered
    ]


def list_spam(
    user: AbstractBaseUser, comments: Sequence[Comment], *, left: int, days: int, number: int
) -> Message:
    """All of these by name, first words and why; each can be rescued from its page."""
    rows: list[dict[str, Any]] = [
        {
            "comment": comment,
            "words": first_words(comment.text, 90),
            "why": _why_away(comment),
            "link": site_link(comment.get_admin_url()),
        }
        for comment in comments
    ]
    rows.sort(key=lambda row: not row["comment"].doubted)
    context = {"rows": rows, "count": len(rows), "left": left, "days": days}
    key = f"comment-spam-list:{number}:{user.pk}"
    return _to_staff("comments/mail/spam", user, key=key, context=context)


def _why_away(comment: Comment) -> str:
    """A person's decision, else the check that spoke loudest."""
    people = [event for event in comment.events.all() if event.actor]
    if people:
        last = people[-1]
        return f"{last.actor}{': ' + first_words(last.why, 60) if last.why else ''}"
    votes = sorted(comment.votes.all(), key=lambda vote: -vote.weight)
    return first_words(votes[0].reason, 80) if votes else "no reason was kept"


def weekly_letter(user: AbstractBaseUser, context: dict[str, Any], *, key: str) -> Message:
    """Comes every week, also when nothing was written: silence would look like health."""
    rows = [{"comment": one, "link": desk_link(one)} for one in context["missed"]]
    return _to_staff("comments/mail/weekly", user, key=key, context={**context, "rows": rows})


def desk_link(comment: Comment) -> str:
    """The desk's page of a comment, ready to write; the next one that waits comes after it."""
    query = urlencode({"_changelist_filters": "pile=waiting"})
    return site_link(f"{comment.get_admin_url()}?{query}#answer_text")


def _to_staff(
    template: str, user: AbstractBaseUser, *, key: str, context: dict[str, Any]
) -> Message:
    site = Site.current()
    return compose(
        template,
        to=str(getattr(user, "email", "")),
        sender=named(site.name),
        context={
            "site": site,
            "user": user,
            "desk": site_link(reverse("admin:index")),
            "choice": site_link(reverse("admin:comments_alertchoice_mine")),
            **context,
        },
        headers=BY_A_MACHINE,
        key=key,
    )


def first_words(text: str, length: int = 300) -> str:
    """The beginning of what a reader wrote, on one line, as a mail can carry it."""
    words = " ".join(sendable(text).split())
    return words if len(words) <= length else f"{words[:length].rstrip()} …"
