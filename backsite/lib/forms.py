"""What people type into forms, read as they mean it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

_is_web_address = URLValidator(schemes=["http", "https"])


def web_address(typed: str) -> str:
    """`example.org` as well as `https://example.org/`; raises ValidationError in plain words."""
    typed = typed.strip()
    if not typed:
        return ""
    address = typed if "://" in typed else f"https://{typed}"
    try:
        _is_web_address(address)
    except ValidationError:
        raise ValidationError(
            "This is not a web address; it should look like www.example.org. It may stay empty."
        ) from None
    return address
