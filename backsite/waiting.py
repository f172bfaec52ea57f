"""What waits for staff, over all apps: the first page of the admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from backsite.lib import work
from backsite.lib.mail.models import Message
from comments.models import Comment
from comments.models.comment import waiting_since
from newsletter.models import Subscriber


@dataclass(frozen=True)
class Waiting:
    """One pile on the desk: how many, since when the oldest lies there, where to go.

    `urgent`: a person waits for us; otherwise it is for information.
    """

    name: str
    count: int
    link: str
    since: datetime | None = None
    urgent: bool = False
    hint: str = ""


def what_waits() -> list[Waiting]:
    comments = reverse("admin:comments_comment_changelist")
    held, unanswered = Comment.objects.held(), Comment.objects.awaiting_answer()
    stuck = Message.objects.stuck()
    piles = [
        Waiting(
            "comments to decide on",
            held.count(),
            f"{comments}?pile=held",
            waiting_since(held),
            urgent=True,
            hint="Nobody but their writers sees these yet.",
        ),
        Waiting(
            "readers without an answer",
            unanswered.count(),
            f"{comments}?pile=unanswered",
            waiting_since(unanswered),
            urgent=True,
            hint="Published, and nobody of you has answered.",
        ),
        Waiting(
            "mails that could not be sent",
            stuck.count(),
            f"{reverse('admin:mail_message_changelist')}?state=failed",
            hint="Each says why; from there it can be sent again.",
            urgent=True,
        ),
        Waiting(
            "subscribers",
            Subscriber.objects.confirmed().count(),
            f"{reverse('admin:newsletter_subscriber_changelist')}?state__exact=confirmed",
            hint=f"{Subscriber.objects.pending().count()} more have not confirmed yet.",
        ),
    ]
    failed = sum(given_up for _, _, given_up in work.kinds()) - stuck.count()
    if failed:
        piles.append(
            Waiting(
                "other tasks that failed",
                failed,
                reverse("admin:newsletter_signup_changelist"),
                urgent=True,
                hint="Sign-ups or scheduled articles; the lists say why.",
            )
        )
    return piles
