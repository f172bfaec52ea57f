"""A good answer goes into the article, as a question and an answer with a link back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat
from django.utils.html import escape, linebreaks

from articles.models import Article
from articles.normal import normalise

from .comment import Comment

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

SECTION: Final = '<h2 id="questions-from-readers">Questions from readers</h2>'
LONGEST_HEADING: Final = 200


class PromotionQuerySet(models.QuerySet["Promotion"]):
    def without_their_discussion(self) -> Self:
        """Readers no longer see the comments that these were made of, and still get the
        words in the article, with a link that leads nowhere."""
        gone = ~Q(answer__state="approved") | ~Q(answer__parent__state="approved")
        mark = Concat(
            Value('"reader-question-'),
            Cast("answer_id", models.TextField()),
            Value('"'),
            output_field=models.TextField(),
        )
        return self.filter(gone, answer__article__body__contains=mark)


class Promotion(models.Model):
    """This answer stands in its article, since that revision. The article's own history
    holds the words; taking them out again is an edit like any other."""

    answer = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="promotion")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    revision = models.PositiveIntegerField()

    objects = models.Manager.from_queryset(PromotionQuerySet)()

    class Meta:
        ordering = ["-at"]
        verbose_name = "answer in an article"
        verbose_name_plural = "answers in articles"

    def __str__(self) -> str:
        return f"Answer {self.answer_id} in its article"

    @classmethod
    @transaction.atomic
    def make(
        cls, answer: Comment, *, heading: str, question: str, name: str, words: str,
        by: AbstractBaseUser,
    ) -> Promotion:  # fmt: skip
        """Writes both into the article as a new revision. Twice is once.

        Raises ValueError for anything but a published answer of staff to a reader.
        """
        if answer.staff_id is None or answer.parent is None or not answer.is_public:
            raise ValueError("Only a published answer of staff can go into the article.")
        article = Article.objects.select_for_update(of=("self",)).get(pk=answer.article_id)
        made = cls.objects.filter(answer=answer).first()
        if made is not None:
            return made
        block = _block(answer, heading, question, name, words)
        body = normalise(_with(article.body, block)).html
        article.revise(by=by, why=f"An answer to {name or 'a reader'} was put in", body=body)
        promotion = cls.objects.create(answer=answer, by_id=by.pk, revision=article.revision)
        answer.events.create(
            verb="promote",
            by_id=by.pk,
            actor=by.get_username(),
            why=f"revision {article.revision}",
        )
        return promotion


def _block(answer: Comment, heading: str, question: str, name: str, words: str) -> str:
    """A heading with an address of its own, who asked, the answer, and the way back."""
    asked = linebreaks(question.strip(), autoescape=True)
    who = f"<p>{escape(name)}</p>" if name.strip() else ""
    answered = linebreaks(words.strip(), autoescape=True)
    signed = (
        f'<p>{escape(answer.name)}, <a href="{answer.get_absolute_url()}">in the comments</a></p>'
    )
    return (
        f'<h3 id="reader-question-{answer.pk}">{escape(heading.strip())}</h3>'
        f"<blockquote>{asked}{who}</blockquote>{answered}{signed}"
    )


def _with(body: str, block: str) -> str:
    """At the end of the section of readers' questions; the section at the end of all."""
    start = body.find('<h2 id="questions-from-readers"')
    if start < 0:
        return f"{body}\n{SECTION}\n{block}"
    following = body.find("<h2", start + 3)
    end = len(body) if following < 0 else following
    return f"{body[:end]}\n{block}\n{body[end:]}"
