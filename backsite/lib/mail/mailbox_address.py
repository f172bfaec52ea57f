"""From one address, BOUNCES_URL, to the mailbox that returned mail comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

PORTS: Final = {"imaps": 993, "imap": 143, "imap+plain": 143,
                "pop3s": 995, "pop3": 110, "pop3+plain": 110}  # fmt: skip


@dataclass(frozen=True)
class BoxAddress:
    """`tls`: from the first byte (`imaps`), begun by a command (`imap`), or never."""

    protocol: str
    tls: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    move_to: str = ""

    def __str__(self) -> str:
        """Without the password: this stands in logs and on pages."""
        return f"{self.user} at {self.host}"


def read(address: str) -> BoxAddress | None:
    """`imaps://user:password@host/INBOX`, `imap://…` (STARTTLS), `pop3s://…`, `pop3://…`
    (STLS), or `imap+plain://`, `pop3+plain://` without TLS. `?move=FOLDER` keeps mails that
    were read in a folder instead of deleting them (IMAP). None when it is empty.

    Raises ImproperlyConfigured; the message never repeats the address, which holds a secret.
    """
    if not address:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    except ValueError as error:
        raise ImproperlyConfigured(f"BOUNCES_URL cannot be read: {error}") from None
    known = ", ".join(PORTS)
    if parts.scheme not in PORTS or not parts.hostname or not parts.username:
        raise ImproperlyConfigured(
            f"BOUNCES_URL must look like imaps://user:password@host/INBOX; it begins with one "
            f"of {known}."
        )
    protocol = "imap" if parts.scheme.startswith("imap") else "pop3"
    unknown = set(query) - ({"move"} if protocol == "imap" else set())
    if unknown:
        raise ImproperlyConfigured(f"BOUNCES_URL: {', '.join(sorted(unknown))} is not known here.")
    return BoxAddress(
        protocol=protocol,
        tls={"s": "always", "n": "never"}.get(parts.scheme[-1], "begun"),
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        move_to=query.get("move", ""),
    )
