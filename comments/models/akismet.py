"""What Akismet is asked and told about comments: rows for the worker, never for a request."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from backsite.lib.bots import Submission, Vote
from backsite.lib.services.models import Service
from backsite.lib.text import sendable
from backsite.lib.web import site_link
from backsite.lib.work import DueQuerySet, DueWork, NeverAgain, due_index

from ..filter import akismet
from ..filter.verdict import judge_again
from .comment import Comment

log = logging.getLogger("backsite.work")

# Akismet alone is enough to call something spam: it sees the same words on a million sites.
SPAM_WEIGHT: Final = 5.0
HAM_WEIGHT: Final = -1.0
# After that, a comment still held for want of Akismet's word is left to people alone.
GIVE_UP_AFTER: Final = timedelta(days=15)
# Akismet defers slow checks once; a server that wants to be asked for ever is taken at its word.
MOST_RECHECKS: Final = 2
# Rows that are put off, or woken, in one transaction.
MOST_AT_ONCE: Final = 2_000
# What people's verbs say about spam; None takes an earlier word back.
MEANS: Final[dict[str, bool | None]] = {
    "approve": False,
    "spam": True,
    "hold": None,
    "doubt": None,
}

Row = TypeVar("Row", "AkismetCheck", "AkismetCorrection")


class AkismetCheck(DueWork):
    """Akismet's word on one comment. Until it has come, no machine publishes the comment.

    `sent` is what Akismet was told, kept so that a correction says the same; it is
    forgotten together with the comment's origin.
    """

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="akismet_check")
    sent = models.JSONField(null=True, editable=False)
    waits_since = models.DateTimeField(default=timezone.now, editable=False)
    rechecks = models.PositiveSmallIntegerField(default=0, editable=False)
    spam = models.BooleanField("Akismet's word", null=True, editable=False)
    discard = models.BooleanField("blatant", default=False, editable=False)
    answered_at = models.DateTimeField("answered", null=True, editable=False)

    class Meta:
        verbose_name = "Akismet check"
        indexes = [due_index("akismet_check_due")]

    def __str__(self) -> str:
        return f"Akismet on comment {self.comment_id}"

    @classmethod
    def ask_first(cls, comment: Comment, submission: Submission) -> Vote:
        """For a comment that is just being kept: the row, and the word that stands meanwhile."""
        if submission.address is None:
            words = "Akismet needs the writer's network address, and none was seen"
            return Vote(akismet.NAME, 0.0, words, unknown=True)
        cls.objects.create(
            comment=comment,
            due_at=timezone.now(),
            sent=akismet.snapshot(
                submission,
                permalink=site_link(comment.article.get_absolute_url()),
                kind="reply" if comment.parent_id else "comment",
                name=comment.name,
                email=comment.email,
                website=comment.website,
                text=comment.text,
                article_changed_at=comment.article.updated_at,
            ),
        )
        return Vote(akismet.NAME, 0.0, "Akismet has not answered yet", unknown=True)

    def try_again(self) -> None:
        if self.sent is None:  # there is nothing left to ask about
            return
        self.waits_since, self.answered_at = timezone.now(), None
        self.save(update_fields=["waits_since", "answered_at"])
        super().try_again()

    def perform(self) -> datetime | None:
        if self.answered_at is not None or self.sent is None:
            self._forget()
            return None
        if not settings.AKISMET_KEY:
            return self._answer(Vote(akismet.NAME, 0.0, "Akismet was switched off before it spoke"))
        if timezone.now() - self.waits_since > GIVE_UP_AFTER:
            raise NeverAgain(f"Akismet gave no verdict for {GIVE_UP_AFTER.days} days.")
        service = Service.named(akismet.NAME)
        return service.closed_until() or self._ask(service, self.sent)

    def _ask(self, service: Service, sent: dict[str, str]) -> datetime | None:
        try:
            found = akismet.check(sent, recheck="recheck_queue" if self.rechecks else "")
        except akismet.NoVerdict as error:
            return self._hear_nothing(service, error)
        answered(service, found.alert)
        if found.again_after and self.rechecks < MOST_RECHECKS:
            return self._ask_again(found.again_after)
        self.spam, self.discard = found.spam, found.discard
        return self._answer(_vote(found))

    def _hear_nothing(self, service: Service, error: akismet.NoVerdict) -> datetime | None:
        if is_about_the_question(service, error):
            self._refused(str(error))
            return _forgotten_at()
        self.comment.hear([_silent(error)])
        # A little after the others: one that Akismet chokes on does not keep them waiting.
        return unanswered(service, error) + timedelta(seconds=1)

    def _refused(self, reason: str) -> None:
        """Akismet takes our key and not this comment: people decide about it alone."""
        self.gave_up_at, self.answered_at = timezone.now(), timezone.now()
        self.save(update_fields=["gave_up_at", "answered_at"])
        words = f"Akismet would not look at it. {reason}"
        self.comment.hear([Vote(akismet.NAME, 0.0, words, unknown=True)])

    def _ask_again(self, after: timedelta) -> datetime:
        """Its word so far is none that may publish anything."""
        self.rechecks += 1
        self.save(update_fields=["rechecks"])
        words = "Akismet sees no spam so far, and wants to look once more"
        self.comment.hear([Vote(akismet.NAME, 0.0, words, unknown=True)])
        return timezone.now() + after

    def _answer(self, vote: Vote) -> datetime:
        """Returns when what was sent is to be forgotten."""
        now = timezone.now()
        self.answered_at = now
        self.save(update_fields=["spam", "discard", "answered_at"])
        self.comment.hear([vote])
        judge_again(self.comment)  # first: a judgement under way holds its row, then the comment's
        if self.discard and settings.AKISMET_DISCARD:
            self._throw_away()
        return _forgotten_at()

    def _throw_away(self) -> None:
        """Where the site says so. The trash keeps it for its time, like everything there.
        Words that mean danger go to no place where nobody looks."""
        locked = Comment.objects.select_for_update(no_key=True).get(pk=self.comment_id)
        if not locked.decided_by_person and not locked.danger:
            locked.trash(by=None, why="Akismet calls it blatant spam, to be thrown away")

    def _give_up(self, reason: str) -> None:
        """What was sent is forgotten in its time all the same."""
        now = timezone.now()
        ended = {"gave_up_at": now, "answered_at": now, "attempts": 0, "last_error": reason}
        if self._fail(due_at=_forgotten_at(), **ended):
            log.error("%s was given up.", self)

    def _forget(self) -> None:
        self.sent = None
        self.save(update_fields=["sent"])


def _forgotten_at() -> datetime:
    """When what Akismet was sent is to be forgotten, were it answered now."""
    return timezone.now() + timedelta(days=settings.COMMENT_ORIGIN_DAYS)


class AkismetCorrection(DueWork):
    """A person decided about a comment on which Akismet has spoken: told to Akismet once,
    where it says something else than Akismet knows. Nothing tells who decided."""

    class Outcome(models.TextChoices):
        SENT = "sent", "told Akismet"
        AGREED = "agreed", "Akismet knew already"
        LATER = "later", "a later decision counts"
        LATE = "late", "too late: what was first sent is no longer kept"
        OTHER = "other", "not told: its writer has changed the words since"
        REFUSED = "refused", "Akismet would not hear it"
        OFF = "off", "Akismet was switched off"

    comment = models.ForeignKey(
        Comment, on_delete=models.CASCADE, related_name="akismet_corrections"
    )
    decided = models.BooleanField("spam", null=True, editable=False)
    told = models.BooleanField("told Akismet that it is spam", null=True, editable=False)
    outcome = models.CharField(max_length=7, choices=Outcome, blank=True, editable=False)
    created_at = models.DateTimeField("decided", auto_now_add=True)
    sent_at = models.DateTimeField("told", null=True, editable=False)

    class Meta:
        verbose_name = "correction for Akismet"
        verbose_name_plural = "corrections for Akismet"
        indexes = [due_index("akismet_correction_due")]

    def __str__(self) -> str:
        return f"Correction for Akismet on comment {self.comment_id}"

    @classmethod
    def note(cls, comment: Comment, verb: str) -> None:
        """A person has done this; called in the transaction in which it is done."""
        if (
            settings.AKISMET_KEY
            and verb in MEANS
            and AkismetCheck.objects.filter(comment=comment).exists()
        ):
            cls.objects.create(comment=comment, decided=MEANS[verb], due_at=timezone.now())

    def perform(self) -> datetime | None:
        if timezone.now() - self.created_at > GIVE_UP_AFTER:
            raise NeverAgain(f"Akismet took no correction for {GIVE_UP_AFTER.days} days.")
        _one_at_a_time(self.comment_id)
        check = AkismetCheck.objects.get(comment=self.comment_id)
        if later := self._needs_nothing(check):
            self._close(later)
            return None
        if check.answered_at is None and check.due_at is not None:
            return check.due_at + timedelta(minutes=1)  # what Akismet thinks is not known yet
        spam = check.spam if self.decided is None else self.decided
        if spam is None or spam == self._known(check):
            self._close(self.Outcome.AGREED)
            return None
        return self._send(check, spam)

    def _send(self, check: AkismetCheck, spam: bool) -> datetime | None:
        service = Service.named(akismet.NAME)
        if closed := service.closed_until():
            return closed
        try:
            akismet.correct(check.sent or {}, spam=spam, said=check.spam)
        except akismet.NoVerdict as error:
            if is_about_the_question(service, error):
                self._close(self.Outcome.REFUSED)
                return None
            return unanswered(service, error) + timedelta(seconds=1)
        answered(service)
        self.told, self.sent_at = spam, timezone.now()
        self._close(self.Outcome.SENT)
        return None

    def _needs_nothing(self, check: AkismetCheck) -> Outcome | None:
        if not settings.AKISMET_KEY:
            return self.Outcome.OFF
        if AkismetCorrection.objects.filter(comment=self.comment_id, pk__gt=self.pk).exists():
            return self.Outcome.LATER
        if check.sent is None:
            return self.Outcome.LATE
        same = check.sent.get("comment_content", "") == sendable(self.comment.text)
        return None if same else self.Outcome.OTHER

    def _known(self, check: AkismetCheck) -> bool | None:
        """What Akismet holds true of the comment: our last word, else its own."""
        told = AkismetCorrection.objects.filter(comment=self.comment_id, sent_at__isnull=False)
        last = told.order_by("-pk").values_list("told", flat=True).first()
        return check.spam if last is None else last

    def _close(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.save(update_fields=["outcome", "told", "sent_at"])


def look_at_account() -> str:
    """Asks whether the key is good and how much of the account's limit is used. Returns
    what is wrong; empty when nothing is."""
    service = Service.named(akismet.NAME)
    if service.closed_until():
        return "It does not answer."
    try:
        if not akismet.verify_key():
            raise akismet.NoVerdict("It refused our key.", pause=akismet.KEY_PAUSE, invalid=True)
        used = akismet.usage()
    except akismet.NoVerdict as error:
        unanswered(service, error)
        return str(error)
    service.told_of_usage(used)  # written last: nobody waits for this row while Akismet is asked
    answered(service)
    return ""


def answered(service: Service, alert: akismet.Alert | None = None) -> None:
    """Akismet speaks: what waited for it does not wait longer."""
    if service.key_state != Service.Key.VALID:
        service.told_of_key(valid=True)
    if service.answered(notice=None if alert is None else str(alert)):
        now = timezone.now()
        _move(AkismetCheck, now, models.Q(answered_at=None, rechecks=0, due_at__gt=now))
        _move(AkismetCorrection, now, models.Q(due_at__gt=now))


def is_about_the_question(service: Service, error: akismet.NoVerdict) -> bool:
    """Whether Akismet, which knows our key, does not take this one comment: no outage."""
    if not error.invalid:
        return False
    try:
        valid = akismet.verify_key()
    except akismet.NoVerdict:
        return False
    if valid:
        answered(service)
    return valid


def unanswered(service: Service, error: akismet.NoVerdict) -> datetime:
    """Akismet does not: nothing else asks before the time that this returns."""
    notice = str(error.alert) if error.alert and str(error.alert) else None
    again = service.failed(str(error), pause=error.pause, notice=notice)
    if error.invalid:
        service.told_of_key(valid=False)
        if outage := service.outage:
            outage.tell_now()
    _move(AkismetCheck, again, models.Q(answered_at=None, due_at__lt=again))
    _move(AkismetCorrection, again, models.Q(due_at__lt=again))
    return again


def _move(model: type[Row], to: datetime, which: models.Q) -> None:
    """Those that no worker has in hand; the others find out by themselves."""
    rows = DueQuerySet(model).waiting().filter(which, leased_until=None)
    locked = rows.order_by("pk").select_for_update(skip_locked=True)
    pks = list(locked.values_list("pk", flat=True)[:MOST_AT_ONCE])
    model._default_manager.filter(pk__in=pks).update(due_at=to)


def _one_at_a_time(comment_id: int) -> None:
    """Of two corrections of one comment the second knows what the first has told."""
    with connection.cursor() as cursor:
        words = f"akismet {comment_id}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [words])


def _vote(found: akismet.Verdict) -> Vote:
    evidence = {"answer": "true" if found.spam else "false", "discard": found.discard}
    if found.discard:
        return Vote(akismet.NAME, SPAM_WEIGHT, "Akismet calls it blatant spam", evidence)
    if found.spam:
        return Vote(akismet.NAME, SPAM_WEIGHT, "Akismet calls it spam", evidence)
    return Vote(akismet.NAME, HAM_WEIGHT, "Akismet sees no spam in it", evidence)


def _silent(error: akismet.NoVerdict) -> Vote:
    return Vote(
        akismet.NAME, 0.0, f"Akismet has not said anything clear yet. {error}", unknown=True
    )
