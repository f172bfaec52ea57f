"""What people type into forms, read as they mean it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext

from .text import has_substance

_is_web_address = URLValidator(schemes=["http", "https"])


def web_address(typed: str, longest: int) -> str:
    """`example.org` as well as `https://example.org/`; raises ValidationError in plain words
    for what is none, or has more than `longest` characters with its scheme."""
    typed = typed.strip()
    if not typed:
        return ""
    address = typed if "://" in typed else f"https://{typed}"
    if len(address) > longest:
        said = gettext("This address is too long; {longest} characters fit.")
        raise ValidationError(said.format(longest=longest))
    try:
        _is_web_address(address)
    except ValidationError:
        raise ValidationError(
            gettext(
                "This is not a web address; it should look like www.example.org. It may stay empty."
            )
        ) from None
    return address


class Words(forms.CharField):
    """Longer text. Counted as the reader counts it (a line end is one character), and
    never cut short by the browser: a text that is too long comes back whole."""

    widget = forms.Textarea

    def __init__(self, *, longest: int, **options: Any) -> None:
        super().__init__(**options)
        self.longest = longest

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.longest:
            said = gettext(
                "Your text has {length} characters, and {longest} fit. Shorten it, or send it in "
                "two parts."
            )
            raise ValidationError(
                said.format(length=intcomma(len(value)), longest=intcomma(self.longest))
            )
        if value and not has_substance(value):
            raise ValidationError(self.error_messages["required"], code="required")
