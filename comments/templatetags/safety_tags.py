"""What whoever wrote words of danger is told, on every page that is theirs alone."""

from __future__ import annotations

from django import template

from ..models import Comment
from ..models.danger import safety_text_for

register = template.Library()


@register.inclusion_tag("comments/_safety.html")
def safety_of(comment: Comment | None) -> dict[str, str]:
    """Nothing for nearly everybody, and then without a query."""
    return {"safety": safety_text_for(comment) if comment is not None else ""}
