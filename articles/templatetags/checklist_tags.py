"""The checklist beside the buttons of an article's form."""

from __future__ import annotations

from django import template

from ..checklist import Finding, check
from ..models import Article

register = template.Library()


@register.simple_tag
def checklist(article: Article) -> list[Finding]:
    """What was found in it as it was last saved."""
    return check(article)
