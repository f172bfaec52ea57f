"""The one way in for values from the environment.

Every reader is typed, fails loudly, and names the variable: a typing mistake in
a deployment must stop the start, not surface as odd behaviour a week later.
"""

from __future__ import annotations

import os
import re
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE: Final = frozenset({"1", "true", "yes", "on"})
FALSE: Final = frozenset({"0", "false", "no", "off"})


def text(name: str, default: str | None = None) -> str:
    """The variable's value; without a default a missing or empty one is an error."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"The environment variable {name} must be set.")
    return default


def boolean(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither true nor false; write 1 or 0.")


def integer(name: str, default: int, *, least: int, most: int) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.") from None
    if not least <= number <= most:
        raise ImproperlyConfigured(f"{name}={number} must lie between {least} and {most}.")
    return number


def words(name: str, default: list[str]) -> list[str]:
    """A list written with commas."""
    value = os.environ.get(name, "").strip()
    return [word.strip() for word in value.split(",") if word.strip()] if value else default


def web_address(name: str, default: str, *, tls: bool = False) -> str:
    """An http(s) address without a path, as other people reach it; no slash at its end.
    `tls`: https alone, because secrets go there."""
    value = text(name, default).rstrip("/")
    parts = _split(name, value)
    if (
        parts.scheme not in ({"https"} if tls else {"http", "https"})
        or not parts.hostname
        or "@" in value
        or value != f"{parts.scheme}://{parts.netloc}"
    ):
        raise ImproperlyConfigured(f"{name}={value!r} must look like https://www.example.org.")
    return value


def pair(name: str, value: str | None = None) -> str:
    """`name:secret`; empty when unset. The secret is never repeated in an error."""
    value = os.environ.get(name, "").strip() if value is None else value
    before, _, after = value.partition(":")
    if value and not (before and after):
        raise ImproperlyConfigured(f"{name} must be two words with a colon between them.")
    return value


def return_address(name: str) -> str:
    """`bounces@example.org` (a mailbox that takes tags) or `@bounces.example.org` (all of a
    domain); empty when unset."""
    value = os.environ.get(name, "").strip()
    if value and not re.fullmatch(r"[\w.-]{0,30}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", value):
        raise ImproperlyConfigured(
            f"{name}={value!r} must look like bounces@example.org, for a mailbox that takes "
            "tags (bounces+…@example.org), or like @bounces.example.org, for a whole domain."
        )
    return value


def database(name: str) -> dict[str, object] | None:
    """A Django database from `postgres://user:password@host:5432/name`; None when unset.

    A host that is a folder (a unix socket) goes into the query: `?host=/run/postgresql`.
    The address is never repeated in an error, because it holds a password.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        return None
    parts = _split(name, value, secret=True)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"{name} must begin with postgres:// — Backsite runs on PostgreSQL only."
        )
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name:
        raise ImproperlyConfigured(f"{name} names no database: end it with /NAME.")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "OPTIONS": query,
    }


def _split(name: str, value: str, *, secret: bool = False) -> SplitResult:
    """`urlsplit` with its port checked, and an error that names the variable."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        shown = "" if secret else f"={value!r}"
        raise ImproperlyConfigured(f"{name}{shown} cannot be read: {error}") from None
    return parts
