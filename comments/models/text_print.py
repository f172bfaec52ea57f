"""By which the same words are found again, whoever sends them and wherever."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from articles.models import Article

from .comment import Comment

# Parts of the statement that asks all about a comment (`comments.filter.facts`): its print is
# kept as the text is now, and those are found that have a number in common with it.
KEPT: Final = """
  INSERT INTO comments_textprint (comment_id, article_id, sketch, at)
  VALUES (%(comment)s, %(article)s, %(sketch)s, %(at)s)
  ON CONFLICT (comment_id) DO UPDATE SET sketch = EXCLUDED.sketch
"""
FOUND: Final = """
  SELECT print.comment_id, print.article_id, comment.email,
    extract(epoch FROM print.at - %(at)s)::float8 AS seconds, print.sketch
  FROM comments_textprint print JOIN comments_comment comment ON comment.id = print.comment_id
  WHERE print.sketch && %(sketch)s AND print.at > %(at)s - %(day)s
    AND print.at < %(at)s + %(day)s AND print.comment_id <> %(comment)s
  ORDER BY print.at DESC LIMIT %(most_prints)s
"""


class TextPrint(models.Model):
    """See `comments.filter.sketch`. Written when a comment is judged."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="text_print")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+", db_index=False)
    sketch = ArrayField(models.BigIntegerField())
    at = models.DateTimeField()

    class Meta:
        # Found at once by those judged next: no list of pending entries to read through.
        indexes = [GinIndex(fields=["sketch"], name="text_print_sketch", fastupdate=False)]

    def __str__(self) -> str:
        return f"Print of comment {self.comment_id}"
