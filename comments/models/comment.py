from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone

from articles.models import Article
from articles.models.search import WithoutVectors
from backsite.lib import work
from backsite.lib.bots import Submission, Vote, votes_on
from backsite.lib.records import Actor, Imported, actor_fields

from .. import emails
from ..rendering import HTML, PLAIN, render
from .queries import UNANSWERED, CommentQuerySet
from .search import Searchable, search_index

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

# A long letter of a desperate reader fits (about 1,600 words); a pasted book does not.
LONGEST_TEXT: Final = 10_000
LONGEST_NAME: Final = 80
LONGEST_WEBSITE: Final = 300
LONGEST_REASON: Final = 300

# The very same words at the same place within a day are one comment sent twice.
REPEAT_WINDOW: Final = timedelta(days=1)


class Comment(Imported, Searchable):
    """What a reader wrote under an article, or what staff answered.

    Saved first, judged after. `closed_at` says that nobody need answer it (any more):
    it was answered, or a staff member said that it needs no answer.
    """

    class State(models.TextChoices):
        HELD = "held", "awaiting moderation"
        APPROVED = "approved", "published"
        SPAM = "spam", "spam"
        TRASH = "trash", "trash"

    class Format(models.TextChoices):
        PLAIN = PLAIN, "plain text"
        HTML = HTML, "simple HTML"

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="comments")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replies"
    )
    name = models.CharField(max_length=LONGEST_NAME)
    email = models.EmailField("e-mail", max_length=254, blank=True)
    website = models.URLField(max_length=LONGEST_WEBSITE, blank=True)
    text = models.TextField()
    format = models.CharField(max_length=5, choices=Format, default=Format.PLAIN, editable=False)
    html = models.TextField(editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.HELD, editable=False)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="answers",
        editable=False,
        help_text="The staff member whose answer this is.",
    )
    by_site_author = models.BooleanField(
        default=False, editable=False, help_text="Imported words of one of the site's authors."
    )
    pingback = models.BooleanField(
        default=False, editable=False, help_text="Another site's automatic mention, not a person."
    )
    # Sent by the form once a reader began to write: a button pressed twice, or a page
    # sent again after an outage, is then one comment and not two.
    submission_key = models.UUIDField(null=True, unique=True, editable=False)
    created_at = models.DateTimeField("written", default=timezone.now, editable=False)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = WithoutVectors.from_queryset(CommentQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_at__isnull=False),
                name="comment_approved_has_date",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="comment_not_its_own_parent"
            ),
        ]
        indexes = [
            models.Index(
                fields=["article", "created_at"],
                condition=Q(state="approved"),
                name="comment_of_thread",
            ),
            models.Index(
                fields=["created_at"], condition=Q(state="held"), name="comment_held_oldest"
            ),
            models.Index(
                fields=["created_at"],
                condition=UNANSWERED,
                name="comment_awaiting_answer",
            ),
            models.Index(Upper("email"), name="comment_of_address"),
            search_index("comment_search"),
        ]

    def __str__(self) -> str:
        return f"{self.name} on “{self.article}”"

    @property
    def anchor(self) -> str:
        return f"comment-{self.pk}"

    def get_absolute_url(self) -> str:
        return f"{self.article.get_absolute_url()}#{self.anchor}"

    def get_admin_url(self) -> str:
        return reverse("admin:comments_comment_change", args=[self.pk])

    @property
    def is_held(self) -> bool:
        return self.state == self.State.HELD

    @property
    def is_public(self) -> bool:
        return self.state == self.State.APPROVED

    @property
    def is_staff(self) -> bool:
        return self.staff_id is not None or self.by_site_author

    @property
    def awaits_answer(self) -> bool:
        return self.is_public and not self.staff_id and self.closed_at is None and not self.pingback

    @classmethod
    @transaction.atomic
    def submit(
        cls,
        submission: Submission,
        *,
        article: Article,
        parent: Comment | None,
        name: str,
        email: str,
        website: str,
        text: str,
    ) -> Comment:
        """Keeps a reader's words, held, with what the form's checks say of them.

        The same words again (a button pressed twice, a page sent again after an outage)
        return the first comment; other words are always a comment of their own.
        """
        fields = {
            "article": article,
            "parent": parent,
            "name": name,
            "email": email,
            "website": website,
            "text": text,
            "html": render(text),
        }
        cls._one_at_a_time(f"{article.pk}|{email}|{text}")
        earlier = cls._sent_before(fields)
        if earlier is not None:
            return earlier
        comment, is_new = cls._keep(submission.key, fields)
        if not is_new and comment.text != text:  # the key of other words, sent at the same time
            comment, is_new = cls._keep(None, fields)
        if is_new:
            comment._keep_votes(votes_on(submission))
            if settings.RECAPTCHA_ON:
                comment._ask_captcha(submission)
        return comment

    @classmethod
    def _keep(cls, key: UUID | None, fields: dict[str, Any]) -> tuple[Comment, bool]:
        if key is None:
            return cls.objects.create(**fields), True
        return cls.objects.get_or_create(submission_key=key, defaults=fields)

    @staticmethod
    def _one_at_a_time(words: str) -> None:
        """The same words sent twice in one moment are looked at one after the other."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [words])

    @classmethod
    def _sent_before(cls, fields: dict[str, Any]) -> Comment | None:
        same = cls.objects.filter(
            **{
                name: fields[name]
                for name in ("article", "parent", "name", "email", "website", "text")
            },
            staff=None,
            created_at__gte=timezone.now() - REPEAT_WINDOW,
        )
        return same.oldest_first().first()

    @transaction.atomic
    def approve(self, *, by: Actor, needs_answer: bool = True) -> None:
        """Shows it to readers. Its writer's question then waits for an answer, unless not."""
        if not self.is_public:
            self.state = self.State.APPROVED
            self.approved_at = self.approved_at or timezone.now()
            self.save(update_fields=["state", "approved_at"])
            self._record("approve", by)
        if not needs_answer:
            self.close(by=by, why="no answer needed")

    def spam(self, *, by: Actor, why: str = "") -> None:
        self._put_away(self.State.SPAM, "spam", by, why)

    def trash(self, *, by: Actor, why: str = "") -> None:
        self._put_away(self.State.TRASH, "trash", by, why)

    @transaction.atomic
    def hold(self, *, by: Actor, why: str = "") -> None:
        """Takes a decision back: it waits again."""
        if not self.is_held:
            self.state = self.State.HELD
            self.save(update_fields=["state"])
            self._record("hold", by, why)

    @transaction.atomic
    def close(self, *, by: Actor, why: str = "") -> None:
        """Nobody need answer this (any more)."""
        if self.closed_at is None:
            self.closed_at = timezone.now()
            self.save(update_fields=["closed_at"])
            self._record("close", by, why)

    @transaction.atomic
    def answer(self, text: str, *, by: AbstractBaseUser, key: UUID | None = None) -> Comment:
        """Publishes a staff answer under it, closes it, and tells its writer by mail.

        A comment still held is approved with it. `key` makes a form sent twice one answer.
        """
        self.approve(by=by)
        fields = {
            "article": self.article,
            "parent": self,
            "name": public_name(by),
            "text": text,
            "html": render(text),
            "state": self.State.APPROVED,
            "approved_at": timezone.now(),
            "closed_at": timezone.now(),
            "staff": by,
        }
        manager = type(self).objects
        if key is None:
            answer, is_new = manager.create(**fields), True
        else:
            answer, is_new = manager.get_or_create(submission_key=key, defaults=fields)
        if is_new:
            answer._record("answer", by)
            self.close(by=by, why=f"answered by #{answer.pk}")
            emails.tell_writer_of_answer(self, answer)
        return answer

    @transaction.atomic
    def correct(self, text: str, *, by: AbstractBaseUser) -> None:
        """Puts right what staff wrote; the wording before is kept in the event.

        Raises ValueError for the words of a reader: those are never edited.
        """
        if self.staff_id is None:
            raise ValueError("Only an answer by staff can be corrected.")
        if text == self.text:
            return
        before, self.text, self.format = self.text, text, self.Format.PLAIN
        self.html = render(text)
        self.save(update_fields=["text", "html", "format"])
        self._record("edit", by, f"It said before: {before}")

    def _put_away(self, state: State, verb: str, by: Actor, why: str) -> None:
        with transaction.atomic():
            if self.state != state:
                self.state = state
                self.save(update_fields=["state"])
                self._record(verb, by, why)

    def _record(self, verb: str, by: Actor, why: str = "") -> None:
        self.events.create(verb=verb, why=why, **actor_fields(by))

    def _ask_captcha(self, submission: Submission) -> None:
        from .records import CaptchaCheck  # it points to this model

        check = CaptchaCheck.objects.create(
            comment=self,
            token=submission.captcha,
            address=submission.address,
            due_at=timezone.now(),
        )

        work.soon(check)

    def _keep_votes(self, votes: Iterable[Vote]) -> None:
        for vote in votes:
            self.votes.create(
                check_name=vote.check, weight=vote.weight, reason=vote.reason[:LONGEST_REASON]
            )


def public_name(user: AbstractBaseUser) -> str:
    """How readers see a staff member: the author profile's name, else the account's."""
    profile = getattr(user, "author_profile", None)
    name = profile.name if profile else getattr(user, "get_full_name", str)()
    return str(name or user.get_username())[:LONGEST_NAME]
