"""The fields of a form, without the cost of a form."""

from __future__ import annotations

from typing import Any, Final

from crispy_forms.utils import render_crispy_form
from django import forms, template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

# Forms that nobody has filled in are few and alike; an article's page has four of them.
_KNOWN: Final[dict[tuple[Any, ...], str]] = {}
MOST_KNOWN: Final = 200


@register.simple_tag
def fields_of(form: forms.BaseForm) -> SafeString:
    """As `{% crispy form %}` writes them. Those of an empty form are written once in a
    process, for all that makes a difference to them."""
    if form.is_bound or any(hasattr(field.widget, "choices") for field in form.fields.values()):
        written: str = render_crispy_form(form)
        return mark_safe(written)  # noqa: S308  # made by templates
    hidden = "".join(_hidden(field) for field in form.hidden_fields())
    return mark_safe(hidden + _visible(form))  # noqa: S308  # escaped, and made by templates


def _visible(form: forms.BaseForm) -> str:
    shown = form.visible_fields()
    key = (type(form), get_language(), *(_looks(field) for field in shown))
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
        known = _KNOWN[key] = "".join(
            render_to_string("backsite/field.html", {"field": field}) for field in shown
        )
    return known


def _looks(bound: BoundField) -> tuple[Any, ...]:
    field, widget = bound.field, bound.field.widget
    said = (bound.html_name, bound.auto_id, str(bound.label), str(bound.help_text))
    attributes = tuple((name, str(value)) for name, value in widget.attrs.items())
    return (*said, field.required, field.disabled, type(widget), attributes, str(bound.initial))


def _hidden(bound: BoundField) -> str:
    value = bound.value()
    given = "" if value in (None, "") else f' value="{escape(value)}"'
    name, number = escape(bound.html_name), escape(bound.auto_id)
    return f'<input type="hidden" name="{name}"{given} id="{number}">'
