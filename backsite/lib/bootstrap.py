"""Makes a bare checkout able to start: builds `.venv` and goes on inside it.

Standard library only. `manage.py` calls `ensure` before anything else is imported. What it says
goes to standard error: the other belongs to the command, and may be read by a program.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# These commands set up what is missing, from these pins; no other command does: the site, its
# tests, and what is asked about files alone, on a machine where the site may never have run.
NEEDS = {
    "run": "requirements.txt",
    "test": "requirements-dev.txt",
    "evaluate_spam": "requirements.txt",
    "read_bounces": "requirements.txt",
}
# What an installed file of pins covers besides itself: its pins are among the other's.
COVERS = {"requirements-dev.txt": ("requirements.txt",), "requirements.txt": ()}
ENTRIES = "BACKSITE_ENTERED"  # how often this command has started itself again
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+) *\\?$")  # pins with a condition are left out


class BootstrapError(Exception):
    """One line for the person at the keyboard: what happened and what to do."""


def ensure(root: Path, command: str) -> None:
    """Returns when this interpreter can do `command`. Otherwise builds `.venv` beside
    manage.py (for the commands in NEEDS) and replaces this process by the same command
    inside it. Raises BootstrapError."""
    entries = int(os.environ.pop(ENTRIES, "0"))
    venv = root / ".venv"
    inside = Path(sys.prefix).resolve() == venv.resolve()
    pins = NEEDS.get(command)
    if pins is None:
        if importlib.util.find_spec("django"):
            return
        if inside or not (venv / "bin" / "python").exists():
            raise BootstrapError(
                "Django is not installed here: run `python3 manage.py run` once, which sets up "
                ".venv, or activate the environment that has it."
            )
    elif inside:
        if _current(venv, root / pins):
            return
    elif not missing(root / pins):
        return  # the person's own environment; nothing is built beside it
    if pins and not (_usable(venv) and _current(venv, root / pins)):
        with _alone(root) as lock:
            if not (_usable(venv) and _current(venv, root / pins)):
                _build(venv, root / pins, lock)
    _enter(venv, entries + 1)


def missing(pins: Path, places: list[str] | None = None, *, exact: bool = False) -> list[str]:
    """Names from the file that are not installed (with `exact`: not in that version), in
    these folders or else for this interpreter."""
    versions = {}
    for found in importlib.metadata.distributions(path=sys.path if places is None else places):
        versions[_plain(found.metadata["Name"] or "")] = found.version
    return [
        name
        for name, version in pinned(pins).items()
        if _plain(name) not in versions or (exact and versions[_plain(name)] != version)
    ]


def pinned(pins: Path) -> dict[str, str]:
    matches = (PIN.match(line) for line in pins.read_text().splitlines())
    return {match[1]: match[2] for match in matches if match}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _enter(venv: Path, entries: int) -> None:
    python = venv / "bin" / "python"
    if entries > 2:
        raise BootstrapError(f"{venv} does not work: delete it and run this command again.")
    sys.stdout.flush()
    os.environ[ENTRIES] = str(entries)
    try:
        os.execv(python, [str(python), *sys.argv])  # noqa: S606 - no shell is wanted
    except OSError as error:
        raise BootstrapError(
            f"{python} cannot be started ({error.strerror}): delete {venv} and run again."
        ) from None


# --- What .venv holds. The stamp is written last; a build under way leaves a mark, so
# --- that one that was interrupted is never taken for a whole one.


def _usable(venv: Path) -> bool:
    return (venv / "bin" / "python").exists() and not (venv / "backsite-unfinished").exists()


def _stamp_lines(pins: Path) -> set[str]:
    """One per file of pins that an installation of this one covers."""
    return {
        f"{name} {hashlib.sha256(pins.with_name(name).read_bytes()).hexdigest()}"
        for name in (pins.name, *COVERS[pins.name])
    }


def _current(venv: Path, pins: Path) -> bool:
    """Whether .venv holds what this file pins. An environment made by hand with the
    right versions is accepted as it is."""
    places = [str(place) for place in venv.glob("lib/python*/site-packages")]
    if Path(sys.prefix).resolve() == venv.resolve():
        # An upgraded system Python no longer sees what the old one had.
        places = [place for place in places if place in sys.path]
    stamp = venv / "backsite-requirements"
    line = f"{pins.name} {hashlib.sha256(pins.read_bytes()).hexdigest()}"
    if places and stamp.exists():
        return line in stamp.read_text().splitlines()
    if not places or missing(pins, places, exact=True):
        return False
    with suppress(OSError):  # a read-only environment is looked through each time
        stamp.write_text("\n".join(sorted(_stamp_lines(pins))) + "\n")
    return True


@contextmanager
def _alone(root: Path) -> Iterator[int]:
    """One process builds, the others wait and find it built. The lock is on the folder
    itself and leaves no file."""
    try:
        folder = os.open(root, os.O_RDONLY)
    except OSError as error:
        raise BootstrapError(f"{root} cannot be read: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another command is setting up .venv; waiting for it.")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(folder)


# --- Building


def _build(venv: Path, pins: Path, lock: int) -> None:
    for module in ("venv", "ensurepip"):
        if not importlib.util.find_spec(module):
            raise BootstrapError(
                f"Python's `{module}` module is missing, so .venv cannot be built: install it "
                "(Debian and Ubuntu: apt install python3-venv) and run this command again."
            )
    where = venv if venv.exists() else venv.parent
    if not os.access(where, os.W_OK):
        raise BootstrapError(
            f"{where} cannot be written, so .venv cannot be built: change its owner, or make an "
            f"environment elsewhere (python3 -m venv FOLDER; FOLDER/bin/pip install -r "
            f"{pins.name}) and start manage.py with FOLDER/bin/python."
        )
    begin = time.monotonic()
    _say(f"Setting up .venv from {pins.name} (once; it takes a minute or two).")
    mark = venv / "backsite-unfinished"
    if not _usable(venv) or _pip_is_broken(venv):
        _make_environment(venv)
    mark.touch()
    (venv / "backsite-requirements").unlink(missing_ok=True)
    _install(venv, pins, lock)
    (venv / "backsite-requirements").write_text("\n".join(sorted(_stamp_lines(pins))) + "\n")
    mark.unlink()
    _say(f".venv is ready ({time.monotonic() - begin:.0f} s).")


def _make_environment(venv: Path) -> None:
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        said = " ".join((done.stdout + done.stderr).split())
        raise BootstrapError(f".venv could not be made: {said[:500]}")


def _pip_is_broken(venv: Path) -> bool:
    command = [str(venv / "bin" / "python"), "-m", "pip", "--version"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode != 0
    except OSError:
        return True


def _install(venv: Path, pins: Path, lock: int) -> None:
    """pip holds the lock too: should we be killed, nobody touches .venv before it ends."""
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--no-user", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--require-hashes", "-r", str(pins)]
    total, count, errors = len(pinned(pins)), 0, []
    with (
        (venv / "pip.log").open("w") as log,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=(lock,),
        ) as pip,
    ):
        for line in pip.stdout or ():
            log.write(line)
            if line.startswith(("Collecting ", "Requirement already satisfied: ")):
                count += 1
                _progress(f"  {count} of {total}: {line.split(': ')[-1].split()[-1]}")
            elif line.startswith("Installing collected"):
                _progress("  putting them in place")
            elif line.startswith("ERROR:"):
                errors.append(line[6:].strip())
    _progress("")
    if pip.returncode:
        said = errors[0].rstrip(".") if errors else f"pip ended with code {pip.returncode}"
        raise BootstrapError(
            f"The packages could not be installed: {said}. Check the network connection and run "
            f"this command again; what pip said is in {venv / 'pip.log'}."
        )


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _progress(words: str) -> None:
    """One line that changes, on a terminal; nothing in a log."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words[:78]}", end="", file=sys.stderr, flush=True)
