"""What surrounds every management command: where the data is, and a database that is
up for as long as the command needs it."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from types import FrameType

from backsite.lib.postgres import Server

# Commands that start no database: those that need none, and the two that see to it
# themselves. Any command that is only asked for help needs none either.
WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "evaluate_spam",
    "findstatic",
    "help",
    "makemessages",
    "run",
    "startapp",
    "startproject",
    "test",
    "testserver",
    "version",
}


UNDEFINED_TABLE = "42P01"  # PostgreSQL, appendix A


def execute(root: Path, words: list[str]) -> None:
    """Runs the command line. Raises PostgresError when its database cannot be had, and
    whatever the command raises; a lost database ends it with one line."""
    command = words[1] if len(words) > 1 else "help"
    data = _settle_environment(root, command, words[2:])
    signal.signal(signal.SIGTERM, _leave)
    private = not os.environ.get("DATABASE_URL")
    server = Server(data)
    if private and command == "run" and not _asks_for_help(words):
        server.prepare()  # the settings read where it will be
    with server.in_use() if private and needs_database(words) else nullcontext():
        _execute(_without_data(words) if command != "run" else words)


def needs_database(words: list[str]) -> bool:
    command = words[1] if len(words) > 1 else "help"
    if command.startswith("-") or _asks_for_help(words):
        return False
    if command == "check":
        return any(word.split("=")[0] == "--database" for word in words)
    if command == "read_bounces":
        return "--json" not in words
    return command not in WITHOUT_DATABASE


def _asks_for_help(words: list[str]) -> bool:
    return "--help" in words or "-h" in words


def _settle_environment(root: Path, command: str, options: list[str]) -> Path:
    """Before the settings are read: they, and every process we start, find the data
    folder and the site's address in the environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backsite.settings")
    data = Path(os.environ.get("BACKSITE_DATA") or root / "var").expanduser()
    data = Path(_option(options, "--data") or data).expanduser()
    if command == "run":
        port = _option(options, "--port") or "8000"
        os.environ.setdefault("SITE_URL", f"http://localhost:{port}")
    elif command == "test":
        data = data / "test"  # never the data of `run`
    os.environ["BACKSITE_DATA"] = str(data.absolute())
    return data


def _option(options: list[str], name: str) -> str:
    for word, following in zip(options, [*options[1:], ""], strict=False):
        if word == name:
            return following
        if word.startswith(f"{name}="):
            return word.split("=", 1)[1]
    return ""


def _without_data(words: list[str]) -> list[str]:
    """Every command takes `--data FOLDER`, as `run` does; only `run` knows it as its own."""
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word == "--data":
            skip = True
        elif not word.startswith("--data="):
            kept.append(word)
    return kept


def _leave(signum: int, frame: FrameType | None) -> None:
    """So that a command that is asked to end leaves its database in order."""
    sys.exit(128 + signum)


def _execute(words: list[str]) -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import InterfaceError, OperationalError, ProgrammingError

    try:
        execute_from_command_line(words)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except ProgrammingError as error:
        if getattr(error.__cause__, "pgcode", "") != UNDEFINED_TABLE:
            raise
        sys.exit(
            f"The tables of the site in {os.environ['BACKSITE_DATA']} are not there yet. Start it "
            "once with `python3 manage.py run --no-demo` (or run `python3 manage.py migrate`), "
            "then run this again."
        )
    except (OperationalError, InterfaceError) as error:
        # The first line names the server and the reason; the others are guesses.
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        sys.exit(
            f"The database could not be reached: {said.rstrip('.')}. Nothing that was saved "
            "before is lost; see that the server is up (DATABASE_URL names it), then run this "
            "again."
        )
