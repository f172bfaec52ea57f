from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from articles.models.search import WithoutVectors
from backsite.lib.bots import Vote
from backsite.lib.records import Actor, Imported, actor_fields, is_person

from .. import emails
from ..doubts import doubt_about
from ..rendering import HTML, LIGHT, PLAIN, render
from .attention import Attention, attention_index, rare_piles_index
from .own import Owned, Withdrawn
from .queries import UNANSWERED, CommentQuerySet
from .search import Searchable, search_index
from .submitted import Submitted

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

# A long letter of a desperate reader fits (about 1,600 words); a pasted book does not.
LONGEST_TEXT: Final = 10_000
LONGEST_NAME: Final = 80
LONGEST_WEBSITE: Final = 300
LONGEST_REASON: Final = 300


class Comment(Imported, Searchable, Attention, Owned, Submitted):
    """What a reader wrote under an article, or what staff answered.

    Saved first, judged after. `closed_at` says that nobody need answer it (any more):
    it was answered, or a staff member said that it needs no answer.
    """

    class State(models.TextChoices):
        HELD = "held", _("awaiting moderation")
        APPROVED = "approved", _("published")
        SPAM = "spam", _("spam")
        TRASH = "trash", _("trash")

    class Format(models.TextChoices):
        PLAIN = PLAIN, "plain text"
        HTML = HTML, "simple HTML"
        LIGHT = LIGHT, "light text"

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
    # When a person last did something about it: from then on no machine decides.
    person_decided_at = models.DateTimeField(null=True, blank=True, editable=False)

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
            # The beginnings of threads in their order, how many have written, and what may have
            # left a place behind: what a page of a discussion asks of all its comments.
            models.Index(
                fields=["article", "created_at", "id"],
                condition=Q(state="approved", parent=None),
                name="comment_threads",
            ),
            models.Index(
                fields=["article"],
                condition=Q(state="approved", pingback=False),
                name="comment_people",
            ),
            models.Index(
                fields=["article"], condition=~Q(state="approved"), name="comment_not_shown"
            ),
            models.Index(
                fields=["created_at"], condition=Q(state="held"), name="comment_held_oldest"
            ),
            models.Index(
                fields=["created_at"],
                condition=UNANSWERED,
                name="comment_awaiting_answer",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(staff__isnull=False),
                name="comment_answers",
            ),
            models.Index(Upper("email"), name="comment_of_address"),
            attention_index("comment_on_the_desk"),
            rare_piles_index("comment_on_rare_piles"),
            models.Index(
                fields=["state", "-created_at", "-id"],
                condition=Q(state__in=["spam", "trash"]),
                name="comment_put_away",
            ),
            models.Index(fields=["-created_at", "-id"], name="comment_newest"),
            search_index("comment_search"),
        ]

    def __str__(self) -> str:
        return f"{self.name} on “{self.article}”"

    @property
    def anchor(self) -> str:
        return f"comment-{self.pk}"

    def get_absolute_url(self) -> str:
        """Lasts, whatever page of the discussion it moves to."""
        return reverse("comments:comment", args=[self.pk])

    def get_admin_url(self) -> str:
        return reverse("admin:comments_comment_change", args=[self.pk])

    @property
    def is_held(self) -> bool:
        return self.state == self.State.HELD

    @property
    def is_public(self) -> bool:
        return self.state == self.State.APPROVED

    @property
    def decided_by_person(self) -> bool:
        return self.person_decided_at is not None

    @property
    def is_staff(self) -> bool:
        return self.staff_id is not None or self.by_site_author

    @property
    def awaits_answer(self) -> bool:
        return self.is_public and not self.staff_id and self.closed_at is None and not self.pingback

    @transaction.atomic
    def approve(self, *, by: Actor, needs_answer: bool = True, why: str = "") -> None:
        """Shows it to readers. Its writer's question then waits for an answer, unless not."""
        if not needs_answer:
            self._must_say_why(by, why)
        self._decide(self.State.APPROVED, "approve", by)
        if not needs_answer:
            self.close(by=by, why=why or "no answer needed")

    @transaction.atomic
    def spam(self, *, by: Actor, why: str = "") -> None:
        """The machine's verdict is doubted where something speaks for the writer: then it
        waits for a person, whose word ends the doubt."""
        self._must_say_why(by, why)
        self._decide(self.State.SPAM, "spam", by, why)
        doubt = "" if self.decided_by_person else doubt_about(self)
        if self.doubted != bool(doubt):
            self.doubted = bool(doubt)
            self.save(update_fields=["doubted"])

    @transaction.atomic
    def trash(self, *, by: Actor, why: str = "") -> None:
        self._must_say_why(by, why)
        self._decide(self.State.TRASH, "trash", by, why)

    @transaction.atomic
    def hold(self, *, by: Actor, why: str = "") -> None:
        """Takes a decision back: it waits again."""
        self._decide(self.State.HELD, "hold", by, why)

    @transaction.atomic
    def doubt(self, *, by: Actor, why: str = "") -> None:
        """Takes back that it is spam for certain: it waits for somebody to look at it."""
        self._lock()
        if self.state != self.State.SPAM or self.doubted or self.withdrawn_at is not None:
            return
        self.doubted = True
        self.save(update_fields=["doubted"])
        self._record("doubt", by, why)
        if is_person(by):
            self._teach(certain=False)

    @transaction.atomic
    def close(self, *, by: Actor, why: str = "") -> None:
        """Nobody need answer this (any more)."""
        self._must_say_why(by, why)
        if self.closed_at is None:
            self.closed_at = timezone.now()
            self.save(update_fields=["closed_at"])
            self._record("close", by, why)

    @transaction.atomic
    def answer(self, text: str, *, by: AbstractBaseUser, key: UUID | None = None) -> Comment:
        """Publishes a staff answer under it, closes it, and tells its writer by mail.

        A comment still held is approved with it. `key` makes a form sent twice one answer.
        Raises Withdrawn where its writer has deleted it.
        """
        self._lock()
        if self.withdrawn_at is not None:
            raise Withdrawn
        if not self.is_public:
            self.approve(by=by)
        fields = {
            "article": self.article,
            "parent": self,
            "name": public_name(by),
            "text": text,
            "format": self.Format.LIGHT,
            "html": render(text, LIGHT, addresses=True),
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
            answer._announce()
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
        before, self.text, self.format = self.text, text, self.Format.LIGHT
        self.html = render(text, LIGHT, addresses=True)
        self.save(update_fields=["text", "html", "format"])
        self._record("edit", by, f"It said before: {before}")

    def _decide(self, state: State, verb: str, by: Actor, why: str = "") -> None:
        """The one way from state to state. A person's word is written down even where a
        machine had said the same before: from then on the decision is that person's.
        What its writer has deleted stays deleted, whoever decides."""
        self._lock()
        if self.withdrawn_at is not None:
            return
        if self.state != state:
            self.state = state
            if self.is_public:
                self.approved_at = self.approved_at or timezone.now()
            self.save(update_fields=["state", "approved_at"])
            self._announce()
        elif not is_person(by) or self.decided_by_person:
            return
        self._record(verb, by, why)
        if self.staff_id and self.parent:
            self.parent._its_answer_is(self, by)
        if is_person(by):
            self._teach()

    def _teach(self, *, certain: bool = True) -> None:
        """The classifier learns from people alone, and unlearns what they take back."""
        from ..filter.classifier import lessons  # it reads this model

        if certain and self.state in (self.State.APPROVED, self.State.SPAM):
            lessons.learn(self, spam=self.state == self.State.SPAM)
        else:
            lessons.unlearn(self)

    def _its_answer_is(self, answer: Comment, by: Actor) -> None:
        """Whose only answer readers no longer see waits for another one. Two answers that are
        taken away at the same time are taken away one after the other."""
        self._lock()
        if answer.is_public:
            self.close(by=by, why=f"answered by #{answer.pk}")
        elif not self.replies.approved().exclude(staff=None).exists():
            self.reopen(by=by, why="its answer was taken away")

    def _lock(self) -> None:
        """Who decides second decides about what the first has made of it."""
        if self.staff_id:
            type(self).objects.lock([self.pk])
        rows = type(self).objects.filter(pk=self.pk).select_for_update(no_key=True)
        (
            self.state,
            self.approved_at,
            self.closed_at,
            self.doubted,
            self.person_decided_at,
            self.withdrawn_at,
        ) = rows.values_list(
            "state", "approved_at", "closed_at", "doubted", "person_decided_at", "withdrawn_at"
        ).get()

    def _record(self, verb: str, by: Actor, why: str = "") -> None:
        self.events.create(verb=verb, why=why, **actor_fields(by))
        if is_person(by):
            from .akismet import AkismetCorrection  # it points to this model

            self.person_decided_at = timezone.now()
            self.save(update_fields=["person_decided_at"])
            AkismetCorrection.note(self, verb)

    def hear(self, votes: Iterable[Vote]) -> None:
        """Keeps what checks say of it; of each check only the newest word stands."""
        from .records import CommentVote  # it points to this model

        CommentVote.cast(self, votes)


def public_name(user: AbstractBaseUser) -> str:
    """How readers see a staff member: the author profile's name, else the account's."""
    profile = getattr(user, "author_profile", None)
    name = profile.name if profile else getattr(user, "get_full_name", str)()
    return str(name or user.get_username())[:LONGEST_NAME]
