"""What stands behind an article: sources, reviews, changes, and what readers say of it."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from backsite.lib.remembered import remembered

from ..evidence import review_findings
from ..forms import FeedbackForm
from ..models import Article, Author, Feedback, Reference, Review
from ..models import credentials_line as line_of

register = template.Library()

# As many words of readers as stand beside a text without burying it.
BESIDE: Final = 5


@register.simple_tag
def references_of(article: Article) -> SafeString:
    """The list at the end. From each source a link leads back to every place that cites it."""
    places: dict[int, list[str]] = {}
    for mark, number in re.findall(r'id="(mark-(\d+)-\d+)"', article.html):
        places.setdefault(int(number), []).append(mark)
    return _references(
        tuple(
            (Cited.of(reference), tuple(places.get(number, ())))
            for number, reference in enumerate(article.cited(), start=1)
        )
    )


class Cited(NamedTuple):
    """What readers see of a source."""

    authors: str
    year: int | None
    title: str
    source: str
    link: str
    shown_link: str
    doi: str
    pubmed: str
    kind: str

    @classmethod
    def of(cls, reference: Reference) -> Cited:
        return cls(*(getattr(reference, name) for name in cls._fields))


@remembered(200)
def _references(cited: tuple[tuple[Cited, tuple[str, ...]], ...]) -> SafeString:
    return render_to_string("articles/_references.html", {"cited": cited})


@register.simple_tag
def times_cited(reference: Reference) -> int:
    """How often the text of its article marks it, as the text was last saved."""
    return reference.article.body.count(f'data-ref="{reference.key}"')


@register.inclusion_tag("articles/_reviewed.html")
def reviewed(article: Article) -> dict[str, Any]:
    """Who reviewed it, only while every word of that is true.

    Where the article was edited after its review, the line keeps the day and drops the
    name: that nobody has read the new words is a fact readers are owed, while a name
    beside words that its bearer never saw would be a false one. To drop the whole line
    would punish every corrected comma, and corrections must cost nothing.
    """
    review = article.latest_review
    if review is None:
        return {}
    troubles = review.troubles(article.content_hash())
    edited = troubles == [Review.Trouble.EDITED]
    return {"review": review if edited or not troubles else None, "edited": edited}


@register.inclusion_tag("articles/_changes.html")
def changes_of(article: Article) -> dict[str, Any]:
    return {"notes": list(article.change_notes.all())}


@register.simple_tag
def helpful(article: Article) -> SafeString:
    return _helpful(article.pk, settings.RECAPTCHA_PUBLIC_KEY if settings.RECAPTCHA_ON else "")


@remembered(500)
def _helpful(article: int, captcha: str) -> SafeString:
    """`captcha` makes a difference to what every form has at its end."""
    context = {
        "article": {"pk": article},
        "verdict_form": FeedbackForm(kind=Feedback.Kind.HELPFUL),
        "mistake_form": FeedbackForm(kind=Feedback.Kind.MISTAKE),
    }
    return render_to_string("articles/_helpful.html", context)


@register.filter
def credentials_today(author: Author) -> str:
    """What an author is qualified in, as far as it is true today."""
    return line_of(author)


@register.inclusion_tag("admin/articles/evidence/beside.html")
def evidence_beside(article: Article) -> dict[str, Any]:
    """For staff, beside the text: how its review stands, and what readers say of it."""
    said = Feedback.objects.about(article)
    return {
        "article": article,
        "review": article.latest_review,
        "findings": review_findings(article),
        "verdicts": said.verdicts(article.content_hash()),
        "words": list(said.open().counted().order_by("-created_at", "-pk")[:BESIDE]),
    }
