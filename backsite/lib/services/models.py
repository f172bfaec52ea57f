from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from backsite.lib.mail.compose import compose
from backsite.lib.web import STAFF_ROOT, site_link
from backsite.lib.work import DueWork, due_index, pause_after, soon

# A service that is away for a moment is nobody's business; staff see it on their first
# page at once, and get a mail when it lasts.
WORTH_A_MAIL_AFTER: Final = timedelta(minutes=5)
# However long an outage has lasted, that it is over is found within the hour.
LONGEST_PAUSE: Final = timedelta(hours=1)
# A service may ask for patience (Retry-After), but not for ever.
LONGEST_ASKED_PAUSE: Final = timedelta(hours=6)
# When somebody last answered is shown in minutes; a row need not be written each second.
WORTH_WRITING: Final = timedelta(seconds=30)


class Service(models.Model):
    """Somebody whom checks ask over the network, by the name that staff read.

    While it does not answer, nobody asks it: one question goes out when each pause is
    over, so that a hanging server costs the worker one time limit and not one a comment.
    """

    class Key(models.TextChoices):
        UNKNOWN = "", "not looked at yet"
        VALID = "valid", "valid"
        REFUSED = "refused", "refused"

    name = models.CharField(max_length=40, unique=True, editable=False)
    last_heard_at = models.DateTimeField(null=True, editable=False)
    key_state = models.CharField(max_length=8, choices=Key, blank=True, editable=False)
    key_checked_at = models.DateTimeField(null=True, editable=False)
    notice = models.TextField(blank=True, editable=False, help_text="What it wants staff to know.")
    usage = models.JSONField(null=True, editable=False, help_text="What it says of its limits.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def named(cls, name: str) -> Service:
        found = Service.objects.filter(name=name).first()
        return found or Service.objects.get_or_create(name=name)[0]

    @property
    def outage(self) -> Outage | None:
        """The one that lasts."""
        return self.outages.filter(ended_at=None).first()

    def closed_until(self) -> datetime | None:
        """When it may be asked again; None while it answers, or when a pause is over."""
        outage = self.outage
        return outage.next_try_at if outage and outage.next_try_at > timezone.now() else None

    def answered(self, *, notice: str | None = None) -> bool:
        """It gave an answer that could be read. Returns whether that ended an outage."""
        now = timezone.now()
        changed: dict[str, Any] = {}
        if self.last_heard_at is None or now - self.last_heard_at > WORTH_WRITING:
            changed["last_heard_at"] = now
        if notice is not None and notice != self.notice:
            changed["notice"] = notice
        self._write(**changed)
        return bool(self.outages.filter(ended_at=None).update(ended_at=now, due_at=None))

    def failed(
        self, reason: str, *, pause: timedelta | None = None, notice: str | None = None
    ) -> datetime:
        """It did not. Returns when it may be asked again: later each time, and not before
        the `pause` that it asked for itself."""
        now = timezone.now()
        if notice is not None and notice != self.notice:
            self._write(notice=notice)
        outage, is_new = self.outages.get_or_create(
            ended_at=None,
            defaults={"reason": reason, "next_try_at": now, "due_at": now + WORTH_A_MAIL_AFTER},
        )
        # A second question that was on its way meanwhile has learned nothing new.
        if is_new or outage.next_try_at <= now:
            own = min(pause_after(outage.failures + 1), LONGEST_PAUSE)
            outage.next_try_at = now + max(own, min(pause or own, LONGEST_ASKED_PAUSE))
            self.outages.filter(pk=outage.pk).update(
                failures=F("failures") + 1, reason=reason, next_try_at=outage.next_try_at
            )
        return outage.next_try_at

    def told_of_key(self, *, valid: bool) -> None:
        state = self.Key.VALID if valid else self.Key.REFUSED
        self._write(key_state=state, key_checked_at=timezone.now())

    def told_of_usage(self, usage: dict[str, Any]) -> None:
        self._write(usage=usage)

    def ask_now(self) -> None:
        """A person has put something right: the pause is over."""
        self.outages.filter(ended_at=None).update(next_try_at=timezone.now())

    def _write(self, **fields: Any) -> None:
        if fields:
            Service.objects.filter(pk=self.pk).update(**fields)
            for name, value in fields.items():
                setattr(self, name, value)


class Outage(DueWork):
    """A time in which a service gave no answer. `due_at`: when it is worth a mail."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="outages")
    began_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    reason = models.TextField(editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    next_try_at = models.DateTimeField(editable=False)
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-began_at"]
        indexes = [due_index("outage_due")]
        constraints = [
            models.UniqueConstraint(
                "service", condition=Q(ended_at=None), name="outage_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} since {self.began_at:%Y-%m-%d %H:%M}"

    @transaction.atomic
    def tell_now(self) -> None:
        """What cannot heal by itself is not waited for."""
        if self.told_at is None:
            self.due_at = timezone.now()
            self.save(update_fields=["due_at"])
            soon(self)

    def perform(self) -> None:
        """One mail to each administrator, once an outage."""
        if self.ended_at is not None or self.told_at is not None:
            return
        for address in administrators():
            compose(
                "services/mail/outage",
                to=address,
                context={
                    "outage": self,
                    "service": self.service,
                    "site": {"name": settings.SITE_HOST},
                    "checks_link": site_link(STAFF_ROOT),
                },
                headers={"Auto-Submitted": "auto-generated"},  # RFC 3834, section 5
                key=f"outage:{self.pk}:{address}",
            )
        self.told_at = timezone.now()
        self.save(update_fields=["told_at"])


def administrators() -> list[str]:
    """The addresses of those who can put such things right: whom the site has named for it
    (`settings.SITE_OWNER`, a function that returns their addresses), else every superuser."""
    if named := import_string(settings.SITE_OWNER)():
        return list(named)
    people = get_user_model()._default_manager.filter(is_active=True, is_superuser=True)
    return list(people.exclude(email="").values_list("email", flat=True))
