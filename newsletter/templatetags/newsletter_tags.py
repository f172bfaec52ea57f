"""The sign-up box, for the pages of any app."""

from __future__ import annotations

from typing import Any, Final

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from articles.models import Call, Site
from backsite.lib.prepared import Prepared
from backsite.lib.remembered import remembered

from ..forms import LONGEST_FORM_NAME, Box
from ..models import Book, Measuring
from ..wording import Wording

register = template.Library()

_BOOK: Final = Prepared(lambda: {"book": Book.objects.for_newcomers()[:1]})


@register.simple_tag(takes_context=True)
def newsletter_box(context: Context, form_name: str) -> SafeString:
    """A box to sign up. `form_name` must be another one for each box on a page.

    The page that is kept with the consent is `box_page` of the context, where a page's
    own address must not be kept (it holds a personal link), else the address.
    """
    request = context.get("request")
    page = context.get("box_page") or (request.path if request else "")
    return _box(form_name, page, Wording.current(_site(context)))


@register.simple_tag(takes_context=True)
def newsletter_box_of_call(context: Context, call: Call, page: str) -> SafeString:
    """The box inside a call to action, which says itself what it is about. Its key is kept
    with the sign-up as the campaign; one that promises the book brings the book."""
    book = _book(context) if call.target == Call.Target.BOOK else None
    name = f"call-{call.key}"[:LONGEST_FORM_NAME]
    wording, slug = Wording.current(_site(context)), book.slug if book else ""
    return _box(name, page, wording, campaign=call.key, book=slug, button=call.button)


def _box(
    name: str, page: str, wording: Wording, *, campaign: str = "", book: str = "", button: str = ""
) -> SafeString:
    """With `button` it is the one inside a call, without a title of its own."""
    captcha = settings.RECAPTCHA_PUBLIC_KEY if settings.RECAPTCHA_ON else ""
    known = {"page": page, "campaign": campaign, "book": book}
    return _written(name, wording, button=button, captcha=captcha, **known)


@remembered(500)
def _written(name: str, wording: Wording, *, button: str, captcha: str, **known: str) -> SafeString:
    """`captcha` makes a difference to what every form has at its end."""
    box = Box.worded(name, wording, **known)
    context = {"box": box, "bare": bool(button), "button": button}
    return render_to_string("newsletter/box.html", context)


@register.inclusion_tag("newsletter/_counted.html")
def what_letters_count() -> dict[str, Any]:
    """On the privacy page: what is true of letters now, whatever its own text says."""
    return {"mode": Measuring.now()}


def _book(context: Context) -> Book | None:
    """Asked for once, however many calls of a page offer it."""
    asked: Any = context.get("asked", {})
    if "book" not in asked:
        asked["book"] = next(iter(_BOOK.ask()["book"]), None)
    found: Book | None = asked["book"]
    return found


def _site(context: Context) -> Site | None:
    """Where the page has read it for its own head."""
    site = context.get("site")
    return site if isinstance(site, Site) else None
