from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from ..models import Picture
from ..pictures import markup

register = template.Library()


@register.simple_tag
def picture(shown: Picture, place: str, alt: str = "") -> SafeString:
    """A picture at one of `articles.pictures.PLACES`."""
    return mark_safe(markup(shown, place, alt))  # noqa: S308  # written by a template
