"""How a reader's words come in: kept first, each once, then given to the checks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from articles.models import Article
from backsite.lib import captcha, work
from backsite.lib.bots import Submission, Vote, votes_on
from backsite.lib.prepared import Given, Prepared, Question
from backsite.lib.statement import Statement
from backsite.lib.together import Together

from ..rendering import LIGHT, render

if TYPE_CHECKING:
    from .comment import Comment

# The very same words at the same place within a day are one comment sent twice.
REPEAT_WINDOW: Final = timedelta(days=1)
# What readers send; alike in all of it, at the same place, two are the same.
SENT: Final = ("name", "email", "website", "text")
_LOCK: Final = Statement(
    """
SELECT pg_advisory_xact_lock(word) FROM (
    SELECT DISTINCT hashtextextended(one, 0) AS word FROM unnest(%(words)s) AS one ORDER BY 1
) AS in_order""",
    words="text[]",
)


def _sent_before() -> Mapping[str, Question]:
    """By the index of addresses: those of one article may be a hundred thousand."""
    from .comment import Comment  # it inherits from this module's model

    same = Q(
        address=Upper(Given("email", models.EmailField())),
        email=Given("email", models.EmailField()),
        article=Given("article"),
        text=Given("text", models.TextField()),
        created_at__gte=Given("since", models.DateTimeField()),
    )
    either = same | Q(submission_key=Given("key", models.UUIDField()))
    found = Comment.objects.alias(address=Upper("email")).filter(either).oldest_first()
    return {"comments": found.only(*SENT, *(f"{name}_id" for name in KEYS), *MARKS)}


@cache
def _rows() -> Together:
    from .comment import Comment  # it inherits from this module's model
    from .judgement import Judgement  # these point to it
    from .origin import Origin

    return Together(Comment, "comment", Origin, Judgement)


KEYS: Final = ("article", "parent", "staff")
MARKS: Final = ("state", "submission_key", "created_at", "withdrawn_at")
_SENT_BEFORE: Final = Prepared(_sent_before)


class Submitted(models.Model):
    """What the public form sends becomes a row by `submit()` alone."""

    class Meta:
        abstract = True

    @classmethod
    @transaction.atomic(savepoint=False)
    def submit(  # type: ignore[misc]  # a mixin of that model
        cls: type[Comment],
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
            "format": cls.Format.LIGHT,
            "html": render(text, LIGHT),
        }
        key = submission.key
        cls._one_at_a_time(f"{article.pk}|{email}|{text}", f"key {key}" if key else "")
        for row in cls._sent_before(fields, key):
            if row._says(fields):
                return row
            if key is not None and row.submission_key == key:
                key = None  # it went along with other words: these are a comment of their own
        comment = cls(**fields, submission_key=key)
        comment._keep(submission)
        return comment

    def _says(self: Comment, fields: dict[str, Any]) -> bool:  # type: ignore[misc]  # a mixin of that model
        """Whether it is what was sent now: an address put right is no repetition, and what
        its writer deleted is gone when they write it again."""
        parent = fields["parent"].pk if fields["parent"] is not None else None
        same = all(getattr(self, name) == fields[name] for name in SENT)
        there = self.article_id == fields["article"].pk and self.parent_id == parent
        return same and there and self.staff_id is None and self.withdrawn_at is None

    @staticmethod
    def _one_at_a_time(*words: str) -> None:
        """The same words, or the same filling of a form, sent twice in one moment are looked
        at one after the other. All take these locks in one order."""
        _LOCK.run(words=[word for word in words if word])

    @staticmethod
    def _sent_before(fields: dict[str, Any], key: UUID | None) -> list[Comment]:
        """Those that may be the same one, the oldest first."""
        return _SENT_BEFORE.ask(
            article=fields["article"].pk,
            email=fields["email"],
            text=fields["text"],
            since=timezone.now() - REPEAT_WINDOW,
            key=key,
        )["comments"]

    def _keep(self: Comment, submission: Submission) -> None:  # type: ignore[misc]  # the same
        """Together with where it came from, and that it is to be judged."""
        from .danger import danger_in, mark  # these point to this model
        from .judgement import Judgement
        from .origin import Origin

        found = danger_in(self)
        self.danger = bool(found)
        _rows().create(self, Origin.of(self, submission), Judgement.first_of(self))
        mark(self, found)
        self._ask_checks(submission)

    def _ask_checks(self: Comment, submission: Submission) -> None:  # type: ignore[misc]  # the same
        """Keeps what the form's checks say, and leaves the rest to the worker."""
        from .akismet import AkismetCheck  # it points to this model

        votes = list(votes_on(submission))
        if settings.RECAPTCHA_ON:
            self._ask_captcha(submission)
            votes.append(Vote(captcha.NAME, 0.0, "Google has not been asked yet", unknown=True))
        if settings.AKISMET_KEY:
            votes.append(AkismetCheck.ask_first(self, submission))
        if votes:
            self.hear(votes)

    def _ask_captcha(self: Comment, submission: Submission) -> None:  # type: ignore[misc]  # the same
        from .records import CaptchaCheck  # it points to this model

        check = CaptchaCheck.objects.create(
            comment=self,
            token=submission.captcha,
            address=submission.address,
            due_at=timezone.now(),
        )
        work.soon(check)
