"""Finds a Chromium for the browser tests, or installs one. Never does without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Debian's chromium lacks libatomic1 among its own dependencies.
PACKAGES = ("chromium", "libatomic1")
HOW_TO_GET_ONE = (
    "The browser tests need Chromium, and there is none here. Install it (Debian and Ubuntu: "
    "apt install chromium libatomic1; elsewhere: .venv/bin/python -m playwright install "
    "chromium), or name one in the variable CHROMIUM."
)


class NoBrowserError(Exception):
    """The message says what was tried and what to install."""


def find(playwright: Playwright) -> str | None:
    """Path of a Chromium that starts. One that CHROMIUM names is the only candidate."""
    if chosen := os.environ.get("CHROMIUM"):
        path = shutil.which(chosen)
        if not path or not starts(path):
            raise NoBrowserError(f"CHROMIUM={chosen} is no browser that starts here.")
        return path
    candidates = [shutil.which(name) for name in NAMES]
    candidates.append(playwright.chromium.executable_path)
    return next((path for path in candidates if path and starts(path)), None)


def starts(path: str) -> bool:
    """Tried for real: a missing library shows only then."""
    if not Path(path).exists():
        return False
    try:
        done = subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def install(playwright: Playwright, say: Callable[[str], None]) -> str:
    """The path of the new one. Raises NoBrowserError."""
    tried = []
    for name, commands in ways():
        say(f"No Chromium found; installing it ({name}).")
        for command in commands:
            done = subprocess.run(
                command,
                capture_output=True,
                check=False,
                text=True,
                errors="replace",
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            )
            if done.returncode:
                lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
                tried.append(f"{' '.join(command[-4:])}: {lines[-1] if lines else 'failed'}")
                break
        if path := find(playwright):
            return path
    raise NoBrowserError(f"{HOW_TO_GET_ONE} Tried: {'; '.join(tried) or 'nothing'}.")


def ways() -> list[tuple[str, list[list[str]]]]:
    """What may work on this machine, the likeliest first."""
    found = []
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
        found.append(("Debian's packages", [["apt-get", "update"], apt]))
    own = [sys.executable, "-m", "playwright", "install", "chromium"]
    found.append(("Playwright's own", [own]))
    return found


def options() -> list[str]:
    """Nothing that leaves this machine, and what a container lacks."""
    words = [
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    return [*words, "--no-sandbox"] if os.geteuid() == 0 else words
