"""What staff want to be read first by those who look for certain words."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Func, Value

from .article import Article
from .search import CONFIGURATION

# Of some words, in any form and order: their stems. Stop words have none.
STEMS: Final = f"strip(to_tsvector('{CONFIGURATION}'::regconfig, %s))"
# As many as can be looked for (articles.search.words).
LONGEST: Final = 200
NO_WORDS: Final = (
    "Nobody can look for these words alone: the search passes over words such as “the” and “with”, "
    "and signs. Add one that says what it is about."
)
NOT_JUST_WORDS: Final = (
    "Write words alone: with quotation marks, a minus or “or” a reader asks for something exact, "
    "and nothing is put before what they find."
)
TOO_MANY: Final = "The search looks at the first {most} words: with more, no reader finds this."
ONCE: Final = "promoted_once"
TWICE: Final = "This article stands first for these words already."


class Stems(Func):
    """`STEMS` of a column, as a generated column may have it."""

    template = STEMS.replace("%s", "%(expressions)s")
    arity = 1
    output_field = SearchVectorField()


class PromotedResult(models.Model):
    """An article that stands first among the results for some words, found by them or not.

    It does for whoever looks for just these words, in any form and order. Who looks for more
    wants something else.
    """

    words = models.CharField(
        max_length=LONGEST,
        help_text="What readers look for, e.g. back pain at night. Any form and order of these "
        "words counts; for other words readers use, add a row for each.",
    )
    stems = models.GeneratedField(
        expression=Stems("words"), output_field=SearchVectorField(), db_persist=True
    )
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(
        default=0, help_text="Among several for the same words the smaller comes first."
    )

    class Meta:
        ordering = ["words", "position", "pk"]
        verbose_name = "promoted search result"
        constraints = [
            # Its index is also what the search asks.
            models.UniqueConstraint(fields=["stems", "article"], name=ONCE),
        ]

    def __str__(self) -> str:
        return f"{self.words}: {self.article}"

    def clean(self) -> None:
        """What no search could ever ask for is refused. The database makes the stems, so that
        only it can say what two rows share."""
        from ..search.words import MOST_WORDS, Query  # the search reads this model

        asked = Query.read(self.words)
        if asked.operators:
            raise ValidationError({"words": NOT_JUST_WORDS})
        if asked.shortened:
            raise ValidationError({"words": TOO_MANY.format(most=MOST_WORDS)})
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {STEMS}::text", [self.words])  # ours
            stems = cursor.fetchone()[0]
        if not stems:
            raise ValidationError({"words": NO_WORDS})
        same = PromotedResult.objects.filter(stems=Value(stems, SearchVectorField()))
        if same.filter(article=self.article_id).exclude(pk=self.pk).exists():
            raise ValidationError(TWICE)
