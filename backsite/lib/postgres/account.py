"""PostgreSQL refuses to run as root: then an account without rights runs it."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backsite.lib.postgres.errors import PostgresError

SPARE_ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """Whose processes the server's are."""

    name: str
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()

    def popen(self) -> dict[str, Any]:
        """Keywords for subprocess that start a program as this account."""
        if self.is_us:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Tried for real: modes, access lists and mount options all have a say."""
        command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
        done = subprocess.run(command, capture_output=True, check=False, cwd="/", **self.popen())
        return done.returncode == 0

    def own(self, folder: Path) -> None:
        """Makes the folder, for this account alone."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != self.uid:
            os.chown(folder, self.uid, self.gid)


def for_cluster(cluster: Path) -> Account:
    """The account that runs the server on these files: their owner, else we
    ourselves, else (as root) an account without rights."""
    us = os.geteuid()
    owner = cluster.stat().st_uid if cluster.exists() else None
    if us != 0:
        if owner not in (None, us):
            raise PostgresError(
                f"The database files in {cluster} belong to the account {_name(owner)}: "
                "run this command as that account or as root."
            )
        return Account(_name(us), us, os.getegid())
    for candidate in SPARE_ACCOUNTS if owner in (None, 0) else (owner,):
        try:
            entry = (
                pwd.getpwuid(candidate) if isinstance(candidate, int) else pwd.getpwnam(candidate)
            )
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise PostgresError(
        "PostgreSQL does not run as root, and there is no account to run it: "
        "create one (useradd --system postgres) and try again."
    )


def _name(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid).pw_name if uid is not None else "nobody"
    except KeyError:
        return str(uid)
