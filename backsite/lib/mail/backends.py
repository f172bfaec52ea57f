"""From one address, EMAIL_URL, to Django's mail settings."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# What anymail calls the secrets of each provider, in their places in the address: user,
# password, host. A lone secret may stand as the user or as the host.
PROVIDERS: Final = {
    "brevo": ("BREVO_API_KEY", None, None),
    "mailersend": ("MAILERSEND_API_TOKEN", None, None),
    "mailgun": ("MAILGUN_API_KEY", None, "MAILGUN_SENDER_DOMAIN"),
    "mailjet": ("MAILJET_API_KEY", "MAILJET_SECRET_KEY", None),
    "postmark": ("POSTMARK_SERVER_TOKEN", None, None),
    "resend": ("RESEND_API_KEY", None, None),
    "sparkpost": ("SPARKPOST_API_KEY", None, None),
}

# For each step of the conversation: a server that takes longer is treated as down, and
# the message waits and is tried again.
TIMEOUT_SECONDS: Final = 20


def read(address: str) -> dict[str, object]:
    """Django settings for `smtp://user:password@host:587` (STARTTLS), `smtps://…:465`,
    `smtp+plain://localhost:25` (no TLS) or a provider: `postmark://TOKEN`,
    `mailgun://KEY@domain`, `mailjet://KEY:SECRET@`.

    Raises ImproperlyConfigured; the message never repeats the address, which holds a secret.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"EMAIL_URL cannot be read: {error}") from None
    if parts.scheme in PROVIDERS:
        return _provider(parts)
    if parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname:
        known = ", ".join(["smtp", "smtps", "smtp+plain", *PROVIDERS])
        raise ImproperlyConfigured(f"EMAIL_URL must begin with one of {known}, then ://HOST.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or {"smtp": 587, "smtps": 465, "smtp+plain": 25}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
    }


def _provider(parts: SplitResult) -> dict[str, object]:
    user, password, host = PROVIDERS[parts.scheme]
    anymail: dict[str, object] = {
        # Not `hostname`, which turns a secret into small letters.
        user: unquote(parts.username or parts.netloc.rpartition("@")[2]),
        "REQUESTS_TIMEOUT": TIMEOUT_SECONDS,
    }
    if password:
        anymail[password] = unquote(parts.password or "")
    if host and parts.username:
        anymail[host] = parts.hostname
    if not all(anymail.values()):
        raise ImproperlyConfigured(
            f"EMAIL_URL lacks a part that {parts.scheme} needs; docs/operators.md shows each."
        )
    return {"EMAIL_BACKEND": f"anymail.backends.{parts.scheme}.EmailBackend", "ANYMAIL": anymail}
