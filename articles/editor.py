"""The field in which staff write a text: an editor where the browser has JavaScript, the
HTML itself where not. Whatever a browser sends is sanitised and normalised here.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.forms.widgets import Script
from django.templatetags.static import static
from django.urls import reverse

from .models import Call, Picture
from .normal import normalise

# The modules find each other by these addresses rather than by an import map, which would
# have to stand in the page as an inline script: the desk's policy allows none.
MODULES: Final = {
    "library": "django_prose_editor/editor.js",
    "schema": "admin/editor/schema.js",
    "tools": "admin/editor/tools.js",
}
SCRIPT: Final = Script("admin/editor/editor.js", type="module")
# Some 150,000 words: no article, and a bound on what one request makes the server take apart.
LONGEST: Final = 1_000_000
PICTURE: Final = re.compile(r'data-picture="(\d{1,18})"')


class ArticleEditor(AdminTextareaWidget):
    """A plain field for HTML that a script turns into an editor."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 24, "spellcheck": "true", **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        given = context["widget"]["attrs"]
        given["data-editor"] = json.dumps({key: static(path) for key, path in MODULES.items()})
        given["data-calls"] = json.dumps(call_choices())
        given["data-pictures"] = json.dumps(_pictures_in(value or ""))
        given["data-choose"] = reverse("admin:articles_picture_choose")
        return context

    @property
    def media(self) -> forms.Media:
        return forms.Media(
            css={
                "all": [
                    "django_prose_editor/material-icons.css",
                    "django_prose_editor/editor.css",
                    "django_prose_editor/overrides.css",
                    "admin/editor/editor.css",
                ]
            },
            js=[SCRIPT],  # type: ignore[list-item]  # the stubs know Django 5.2's Script not yet
        )

    def use_required_attribute(self, initial: Any) -> bool:
        """A hidden field that a browser wants filled in could not be sent, nor seen."""
        return False


class BodyField(forms.CharField):
    """`kept` is the text as it stands in the table; sent back unchanged, it stays as it is,
    to the last character."""

    widget = ArticleEditor
    kept = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": LONGEST, "strip": False, "required": False, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """The editor is shown what it can hold; it would drop the rest without a word."""
        return normalise(value).html if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        text = normalise(super().clean(value).replace("\r\n", "\n")).html
        return self.kept if text == normalise(self.kept).html else text


def keep_unless_changed(form: forms.ModelForm[Any], name: str) -> None:
    """Tells the field of that name what stands in the table now."""
    field = form.fields[name]
    if isinstance(field, BodyField):
        field.kept = getattr(form.instance, name)


def _pictures_in(body: str) -> dict[str, str]:
    """Where the small form of each picture in a text is, by its number."""
    numbers = {int(number) for number in PICTURE.findall(body)}
    found = Picture.objects.present().in_bulk(numbers) if numbers else {}
    return {str(number): picture.small_url for number, picture in found.items()}


def call_choices() -> list[dict[str, str]]:
    """The calls to action that a text may hold, by their keys; the free book's always."""
    known = {call.key: call for call in [Call.book(), *Call.objects.order_by("title")]}
    return [{"key": call.key, "title": call.title} for call in known.values() if call.active]
