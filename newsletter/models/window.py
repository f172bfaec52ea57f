"""How many mails a stranger can bring to an address, over all forms that take one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

# At most one mail to an address in this time, and at most so many in a day, however
# often somebody types it in: no form may become a way to flood a stranger's inbox.
ONE_MAIL_IN: Final = timedelta(minutes=15)
MOST_MAILS_A_DAY: Final = 4
DAY: Final = timedelta(days=1)


def one_at_a_time(email: str) -> None:
    """Of two requests for one address the second waits for the end of the first's
    transaction, whether or not there is a row of that address yet."""
    with connection.cursor() as cursor:
        key = f"newsletter:{email.lower()}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def is_full(email: str, *, since: datetime | None = None) -> bool:
    """Whether the address has had its mails for now; those before `since` do not count as
    recent. Sees what `one_at_a_time` has made visible."""
    from .handover import Handover
    from .move import Move
    from .signup import Signup
    from .subscriber import Subscriber

    now = timezone.now()
    recent = max(now - ONE_MAIL_IN, since or now - DAY)
    answered = Signup.objects.to_address(email).answered_since(now - DAY)
    moves = Move.objects.to_address(email).mailed_since(now - DAY)
    times = [*answered.values_list("answered_at", flat=True)]
    times += moves.values_list("mailed_at", flat=True)
    links = Handover.objects.filter(subscriber__in=Subscriber.objects.with_address(email))
    times += links.filter(mailed_at__gte=now - DAY).values_list("mailed_at", flat=True)
    return len(times) >= MOST_MAILS_A_DAY or any(at and at >= recent for at in times)
