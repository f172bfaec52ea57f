"""Personal data that is kept only as far as it must be recognised again."""

from __future__ import annotations

from django.utils.crypto import salted_hmac


def keyed_hash(value: str, *, purpose: str) -> str:
    """64 hex digits by which the same value is known again, and from which nobody without
    the site's secret key can find the value; empty for an empty value. Hashes for one
    purpose cannot be compared with those for another.
    """
    if not value:
        return ""
    return salted_hmac(f"backsite.privacy.{purpose}", value, algorithm="sha256").hexdigest()
