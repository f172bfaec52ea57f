"""From one address, EMAIL_URL, to Django's mail settings."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# What each provider's one secret is called in anymail's settings; the host part
# of the address, where there is one, is the sending domain.
PROVIDERS: Final = {
    "brevo": ("brevo", "BREVO_API_KEY", None),
    "mailgun": ("mailgun", "MAILGUN_API_KEY", "MAILGUN_SENDER_DOMAIN"),
    "mailjet": ("mailjet", "MAILJET_SECRET_KEY", None),
    "mailersend": ("mailersend", "MAILERSEND_API_TOKEN", None),
    "postmark": ("postmark", "POSTMARK_SERVER_TOKEN", None),
    "resend": ("resend", "RESEND_API_KEY", None),
    "sendgrid": ("sendgrid", "SENDGRID_API_KEY", None),
    "sparkpost": ("sparkpost", "SPARKPOST_API_KEY", None),
}

# A server that does not answer within this time is treated as down: the message
# waits and is tried again. Shorter than the lease on a message (see models.py).
TIMEOUT_SECONDS: Final = 20


def read(address: str) -> dict[str, object]:
    """Django settings for `smtp://user:password@host:587` (STARTTLS), `smtps://…:465`,
    `smtp+plain://localhost:25` (no TLS) or `PROVIDER://KEY@domain`.

    Raises ImproperlyConfigured; the message never repeats the address, which holds a secret.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"EMAIL_URL cannot be read: {error}") from None
    if parts.scheme in PROVIDERS:
        backend, secret, domain = PROVIDERS[parts.scheme]
        anymail: dict[str, object] = {
            secret: unquote(parts.username or parts.hostname or ""),
            "REQUESTS_TIMEOUT": TIMEOUT_SECONDS,
        }
        if domain and parts.username:
            anymail[domain] = parts.hostname
        return {"EMAIL_BACKEND": f"anymail.backends.{backend}.EmailBackend", "ANYMAIL": anymail}
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
