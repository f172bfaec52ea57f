"""Secrets that the site makes for itself and keeps in its data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def kept_in(path: Path) -> str:
    """The secret in `path`; made (50 random bytes, readable by its owner only) when missing.

    Written to a file of its own first and linked into place, so that of two
    processes starting together one wins and both read the same secret.
    """
    try:
        return path.read_text().strip() or _make(path)
    except FileNotFoundError:
        return _make(path)
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error.strerror}.") from None


def _make(path: Path) -> str:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        try:
            os.link(draft, path)
        except FileExistsError:
            if not path.read_text().strip():  # cut short by a crash or a full disk
                draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be written: {error.strerror}. "
            "Set SECRET_KEY, or BACKSITE_DATA to a folder that can be written."
        ) from None
