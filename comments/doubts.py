"""Which spam may be a reader after all: what speaks against the checks' own verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Sum

from .filter.lines import SPAM_LINE

if TYPE_CHECKING:
    from .models import Comment

# How far above the line of spam the sum of votes says little.
NEAR: Final = 1.5


def doubt_about(comment: Comment) -> str:
    """Why a person should look at it, in words for staff; empty where nothing speaks for it."""
    if comment.danger:
        return "it has words that mean danger"
    from .models import Comment as Comments  # it asks this module

    same = Comments.objects.written_by(comment.email).approved().exclude(pk=comment.pk)
    published = same.by_readers().count()
    if published:
        noun = "1 comment" if published == 1 else f"{published} comments"
        return f"{noun} from this address {'is' if published == 1 else 'are'} published"
    total = comment.votes.aggregate(total=Sum("weight"))["total"]
    if total is not None and total < SPAM_LINE + NEAR:
        return "its score is only just over the line"
    return ""
