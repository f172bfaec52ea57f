"""The steps before the site is up. Each is safe to repeat and quick when there is
nothing to do; each returns what to say about it."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

STAFF = "staff"
# Letters and digits that nobody takes for one another, in groups that can be read aloud.
CLEAR_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def migrate() -> str:
    """The tables, as this version of the code wants them."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    call_command("migrate", verbosity=0, interactive=False)
    if not plan:
        return "up to date"
    return f"{len(plan)} migration{'s' if len(plan) > 1 else ''} applied"


def make_staff_login() -> tuple[str, str] | None:
    """A first login, with a password that is shown once and kept nowhere. None when
    there is somebody already who can let others in."""
    if User.objects.filter(is_superuser=True, is_active=True).exists():
        return None
    name, number = STAFF, 2
    while User.objects.filter(username=name).exists():
        name, number = f"{STAFF}{number}", number + 1
    password = "-".join("".join(secrets.choice(CLEAR_LETTERS) for _ in range(4)) for _ in range(4))
    User.objects.create_superuser(name, "", password)
    return name, password


def load_demo() -> str:
    """Demonstration content; the command leaves a site alone that has articles."""
    call_command("load_demo", verbosity=0)
    return "in place"


def load_privacy_page() -> None:
    """A site without the demonstration still has the page that its forms link to."""
    call_command("load_demo", privacy_page=True, verbosity=0)


def collect_static() -> str:
    """Static files where the web server looks for them, again only when one changed."""
    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name(f"{root.name}.stamp")  # beside it: what is inside is public
    wanted = _static_state()
    if root.exists() and stamp.exists() and stamp.read_text() == wanted:
        return "unchanged"
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(wanted)
    return "collected"


def _static_state() -> str:
    digest = hashlib.sha256()
    for words in (django.__version__, settings.STATIC_URL, settings.STORAGES["staticfiles"]):
        digest.update(repr(words).encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            state = Path(storage.path(name)).stat()
            digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
