"""Which processes live on a cluster's files.

A server that was killed leaves a pid file that may name a zombie or, after a restart of
the machine, somebody else; and its children live on for a moment. On Linux every one of
them has the cluster as its working folder.
"""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def inhabitants(cluster: Path) -> set[int]:
    """Process ids. Elsewhere than on Linux: the one in the pid file, if it is alive."""
    if not (PROC / "self" / "cwd").exists():
        pid = postmaster(cluster)
        return {pid} if pid and _alive(pid) else set()
    found = set()
    for entry in PROC.iterdir():
        if entry.name.isdecimal():
            try:
                here = (entry / "cwd").readlink()
                program = (entry / "exe").readlink().name.removesuffix(" (deleted)")
            except OSError:  # gone meanwhile, a zombie, or not ours to see
                continue
            # A person's shell may stand there too; it is none of our business.
            if here == cluster and program == "postgres":
                found.add(int(entry.name))
    return found


def postmaster(cluster: Path) -> int | None:
    """The server's first process, as far as its pid file can be believed."""
    try:
        return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
