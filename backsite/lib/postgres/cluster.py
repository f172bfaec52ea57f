"""The files of one server, and what it is started with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from backsite.lib.postgres.account import Account
from backsite.lib.postgres.binaries import MAJOR
from backsite.lib.postgres.errors import PostgresError
from backsite.lib.postgres.place import PORT, Place

ROLE = DATABASE = "backsite"

# Given at every start, so that a newer Backsite may change them.
SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A transaction that its process forgot holds back every clean-up.
    "idle_in_transaction_session_timeout": "10min",
    "logging_collector": "off",
    "log_checkpoints": "off",
}
# The site's role may make databases (the tests make theirs), and is no superuser; the
# superuser has no way in at all.
ACCESS = f"local all {ROLE} scram-sha-256\n"


def options(place: Place) -> list[str | Path]:
    socket = '"' + str(place.socket_folder).replace('"', '""') + '"'
    settings = {**SETTINGS, "unix_socket_directories": socket}
    return ["-D", place.cluster, *(f"--{name}={value}" for name, value in settings.items())]


def environment() -> dict[str, str]:
    """Nothing of ours: variables like PGDATA and PGTZ would change the server."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def ensure(place: Place, programs: Path, account: Account) -> None:
    """Makes the cluster with its database on first use. It gets its name last: whatever
    interrupts this, the next start finds none or a whole one."""
    version = place.cluster / "PG_VERSION"
    if not place.cluster.exists():
        _make(place, programs, account)
        return
    try:
        found = version.read_text().strip()
    except FileNotFoundError:
        raise PostgresError(
            f"{place.cluster} is there but holds no PostgreSQL database: move it away, or "
            "restore it from a backup."
        ) from None
    if found != str(MAJOR):
        raise PostgresError(
            f"The database in {place.cluster} was made by PostgreSQL {found}, and this Backsite "
            f"brings PostgreSQL {MAJOR}: dump it with the older Backsite and load it here."
        )


def _make(place: Place, programs: Path, account: Account) -> None:
    draft = place.home / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    account.own(draft)
    initdb: list[str | Path] = [
        programs / "initdb",
        f"--pgdata={draft}",
        "--username=postgres",
        "--auth=reject",
        "--encoding=UTF8",
        # Ours in every release and on every system, unlike the C library's; upper and
        # lower case work for all letters.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]
    _run(initdb, "", account)
    hba = draft / "pg_hba.conf"
    hba.write_text(ACCESS)
    password = place.password()
    if not password.replace("-", "").replace("_", "").isalnum():
        raise PostgresError(f"{place.password_file} is damaged: delete it and try again.")
    _run(
        [programs / "postgres", "--single", "-D", draft, "-c", "log_checkpoints=off", "postgres"],
        f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'\n"
        f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n",
        account,
    )
    draft.rename(place.cluster)


def _run(command: list[str | Path], words: str, account: Account) -> None:
    done = subprocess.run(
        command,
        input=words,
        capture_output=True,
        check=False,
        text=True,
        errors="replace",
        cwd="/",
        env=environment(),
        **account.popen(),
    )
    trouble = [line for line in done.stderr.splitlines() if "ERROR:" in line or "FATAL:" in line]
    if done.returncode or trouble:
        said = trouble or done.stderr.strip().splitlines() or ["it said nothing"]
        raise PostgresError(f"The database could not be made: {said[-1].strip()}")
