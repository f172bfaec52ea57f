"""The sign-up box, for the pages of any app."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from articles.models import Site

from ..forms import Box

register = template.Library()


@register.inclusion_tag("newsletter/box.html", takes_context=True)
def newsletter_box(context: Context, form_name: str) -> dict[str, Any]:
    """A box to sign up. `form_name` must be another one for each box on a page.

    The page that is kept with the consent is `box_page` of the context, where a page's
    own address must not be kept (it holds a personal link), else the address.
    """
    request = context.get("request")
    page = context.get("box_page") or (request.path if request else "")
    site = context.get("site")  # the page has read it for its own head
    site = site if isinstance(site, Site) else None
    return {"box": Box.empty(form_name, page=page, site=site)}
