"""Which mails an address gets that is suppressed: because it called a mail spam, is gone, failed
again and again, or by staff.

Only what somebody has asked for with it just now, and what tells its owner of something done in
their name: the way out of a suppression is a button in such a mail. Nothing that comes by itself.
"""

from __future__ import annotations

from typing import Final

from backsite.lib.mail.models import Message
from newsletter.models import Suppression

# By template. A person pressed a button for each of them a moment ago.
ASKED_FOR: Final = frozenset(
    {
        "newsletter/mail/confirm", "newsletter/mail/book", "newsletter/mail/move",
        "newsletter/mail/moving", "newsletter/mail/left_by_mail", "newsletter/mail/try",
        "comments/mail/follow", "comments/mail/own",
    }
)  # fmt: skip
# What the law lets everybody ask for, whatever staff think of their address.
BY_RIGHT: Final = frozenset({"newsletter/mail/page", "newsletter/mail/data"})
# To those who run the site. Silence would look like health.
TO_STAFF: Final = frozenset(
    {
        "comments/mail/alert", "comments/mail/spam", "comments/mail/weekly",
        "newsletter/mail/issue_stopped", "services/mail/outage",
    }
)  # fmt: skip
BY_ITSELF: Final = frozenset(
    {
        "newsletter/mail/remind", "newsletter/mail/already", "newsletter/mail/welcome",
        "newsletter/mail/edition", "newsletter/mail/lesson",
        "comments/mail/answered", "comments/mail/replied",
    }
)  # fmt: skip


def why_held(message: Message) -> str:
    """In words for staff; empty where it may go."""
    if message.template in BY_RIGHT or message.template in TO_STAFF:
        return ""
    row = Suppression.objects.in_force().of(message.to)
    if row is None:
        return ""
    if message.template in ASKED_FOR and row.reason != Suppression.Reason.STAFF:
        return ""
    return (
        f"{row.email} gets no mail since {row.at:%d %B %Y}: {row.get_reason_display()}. To send it "
        "all the same, lift that under “Suppressed addresses” first."
    )
