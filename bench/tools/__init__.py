"""Programs for Node that judge our pages, pinned by package-lock.json beside this file."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

TOOLS: Final = Path(__file__).resolve().parent


class Missing(Exception):
    """What is needed and what brings it."""


def node_tool(name: str) -> Path:
    """Its program. Raises Missing."""
    return node_modules() / ".bin" / name


def node_modules() -> Path:
    """All of them, installed at their first use. Raises Missing."""
    if shutil.which("npm") is None:
        raise Missing("needs Node.js with npm (Debian and Ubuntu: apt install npm).")
    stamp = TOOLS / "node_modules" / ".package-lock.json"
    lock = TOOLS / "package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        print("installing what bench/tools/package-lock.json names …", file=sys.stderr)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=TOOLS, capture_output=True, text=True)
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise Missing(f"npm could not install it: {said[-1] if said else done.returncode}")
    return TOOLS / "node_modules"
