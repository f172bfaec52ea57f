"""`python -m backsite.lib.postgres.guard DATA`: stops the server of this data folder once
nobody uses it. A user that is killed cannot do it itself."""

from __future__ import annotations

import sys
from pathlib import Path

from backsite.lib.postgres.errors import PostgresError
from backsite.lib.postgres.server import Server

if __name__ == "__main__":
    try:
        Server(Path(sys.argv[1])).guard()
    except (OSError, PostgresError):
        sys.exit(1)  # the folder has gone, or its disk: nobody is left to tell
