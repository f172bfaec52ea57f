"""The outbox."""

from __future__ import annotations

from email.message import Message as WireMessage
from email.utils import format_datetime, make_msgid
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.module_loading import import_string

from backsite.lib.returns import MAIL, return_path
from backsite.lib.work import DueWork, NeverAgain, due_index, soon


class MessageQuerySet(models.QuerySet["Message"]):
    def newest_first(self) -> MessageQuerySet:
        return self.order_by("-created_at", "-pk")

    def waiting(self) -> MessageQuerySet:
        """To be handed over, now or after the pause that a failure brought."""
        return self.filter(due_at__isnull=False)

    def sent(self) -> MessageQuerySet:
        return self.filter(sent_at__isnull=False)

    def kept(self) -> MessageQuerySet:
        """Never left, because no way out was set."""
        return self.filter(kept_at__isnull=False)

    def stuck(self) -> MessageQuerySet:
        """Given up: nobody will get these unless staff act."""
        return self.filter(gave_up_at__isnull=False)

    def cancelled(self) -> MessageQuerySet:
        """Not sent: the person did not want them any more, or must not get them."""
        return self.filter(cancelled_at__isnull=False)

    def held(self) -> MessageQuerySet:
        """Not sent, because their address must get none of this kind."""
        return self.cancelled().exclude(held_for="")

    def to_person(self, address: str) -> MessageQuerySet:
        return self.filter(to__iexact=address)

    @transaction.atomic
    def forget(self) -> int:
        """Takes out whom they went to and what they said; that one was written and sent
        stays. What waits is not sent."""
        self.cancel()
        return self.update(
            to="", subject="(erased)", text="", html="", headers={}, last_error="", held_for=""
        )

    def about(self, templates: str) -> MessageQuerySet:
        """Those of the templates in a folder, e.g. `newsletter/`."""
        return self.filter(template__startswith=templates)

    @transaction.atomic
    def cancel(self) -> None:
        """Takes back what waits. One that is being handed over this moment has left: it
        is passed over, so that nobody waits for the mail server."""
        for message in self.waiting().select_for_update(skip_locked=True):
            message.cancel()


class Message(DueWork):
    """One mail to one person: composed once, handed over at least once, always with
    the same Message-ID, so that a repeat after a crash is recognised as one.

    Without EMAIL_URL a message is *kept*: it stays here for staff to read.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        KEPT = "kept", "kept here"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "not sent, no longer wanted"
        HELD = "held", "not sent, the address gets no mail"

    # Two attempts to write the same mail (a button pressed twice, a task repeated)
    # meet in this key; null for mails that may repeat.
    key = models.CharField(max_length=200, null=True, unique=True, editable=False)
    template = models.CharField(max_length=100, editable=False)
    to = models.CharField(max_length=320)
    sender = models.CharField("from", max_length=320)
    reply_to = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=998)  # RFC 5322, 2.1.1: the longest line
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    message_id = models.CharField("Message-ID", max_length=255, unique=True, editable=False)
    created_at = models.DateTimeField("written", auto_now_add=True)
    sent_at = models.DateTimeField("handed over", null=True, blank=True, editable=False)
    kept_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Why the address must not get it; in the words for staff.
    held_for = models.CharField(max_length=300, blank=True, db_default="", editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "message"
        indexes = [
            due_index("mail_due"),
            models.Index(fields=["-created_at", "-id"], name="mail_newest_first"),
            models.Index(Upper("to"), name="mail_to_address"),
            models.Index("template", condition=~Q(held_for=""), name="mail_held"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"

    @property
    def state(self) -> State:
        if self.sent_at:
            return self.State.SENT
        if self.kept_at:
            return self.State.KEPT
        if self.cancelled_at:
            return self.State.HELD if self.held_for else self.State.CANCELLED
        return self.State.FAILED if self.gave_up_at else self.State.WAITING

    def perform(self) -> None:
        """Hands the message over, or keeps it where no way out is set."""
        if self.sent_at or self.kept_at:
            return
        # Asked now, not when it was written: the address may have complained since.
        if why := import_string(settings.WHY_MAIL_IS_HELD)(self):
            self._hold(why)
            return
        if not settings.MAIL_LEAVES:
            self.kept_at = timezone.now()
            self.save(update_fields=["kept_at"])
            return
        try:
            message = self.envelope()
            message.message()
        except ValueError as error:
            raise NeverAgain(f"This message cannot be written as a mail: {error}") from error
        try:
            message.send()
        except SMTPException as error:
            if is_final(error):
                raise NeverAgain(f"The mail server refused it for good: {error}") from error
            raise
        self.sent_at = timezone.now()
        self.save(update_fields=["sent_at"])

    def cancel(self) -> None:
        """The person does not want it any more. One that has left cannot be called back."""
        if self.sent_at is None and self.kept_at is None:
            self.due_at = self.gave_up_at = None
            self.cancelled_at = timezone.now()
            self.save(update_fields=["due_at", "gave_up_at", "cancelled_at"])

    def _hold(self, why: str) -> None:
        self.cancelled_at, self.held_for = timezone.now(), why[:300]
        self.save(update_fields=["cancelled_at", "held_for"])

    @transaction.atomic
    def send_again(self) -> Message:
        """Hands it over once more, as a person wishes. One that has left before goes out
        as a new message: mail programs hide a second one with the same Message-ID, and
        the row of the first stays as it is."""
        if self.sent_at is None:
            self.kept_at, self.cancelled_at, self.held_for = None, None, ""
            self.save(update_fields=["kept_at", "cancelled_at", "held_for"])
            self.try_again()
            return self
        copied = ["template", "to", "sender", "reply_to", "subject", "text", "html", "headers"]
        again = Message.objects.create(
            **{name: getattr(self, name) for name in copied},
            message_id=make_msgid(domain=self.message_id.rpartition("@")[2].rstrip(">")),
            due_at=timezone.now(),
        )
        soon(again)
        return again

    def envelope(self) -> EmailMultiAlternatives:
        """The message as Django's mail backends take it."""
        headers: dict[str, Any] = {
            **self.headers,
            # When it was written (RFC 5322, 3.6.1), so that a repeat is the same message.
            "Date": format_datetime(self.created_at),
            "Message-ID": self.message_id,
        }
        back = return_path(MAIL, self.pk) if settings.SETS_ENVELOPE else ""
        if back:
            headers["From"] = self.sender
        mail = EmailMultiAlternatives(
            subject=self.subject,
            body=self.text,
            # Django takes this for the envelope where the header is given apart.
            from_email=back or self.sender,
            to=[self.to],
            reply_to=[self.reply_to] if self.reply_to else None,
            headers=headers,
        )
        if self.html:
            mail.attach_alternative(self.html, "text/html")
        return mail

    def wire(self) -> WireMessage:
        """The message as it goes over the wire (RFC 5322)."""
        return self.envelope().message()


def is_final(error: SMTPException) -> bool:
    """Whether the server said that trying again cannot help (RFC 5321, 4.2.1: 5yz) of this
    recipient or message; a refused login or sender is the site's own fault and passes."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500
