#!/usr/bin/env python3
"""The entrance. `run` and `test` set up what is missing first.

Everything above `main` must be readable by any Python 3, so that an old one is told so
in words.
"""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the reader's Python is not ours to choose
    sys.exit(
        f"Backsite needs Python 3.11 or newer, and this is Python {sys.version.split()[0]}: "
        "start it with a newer one, for example `python3.12 manage.py run`."
    )
if os.name != "posix":
    sys.exit("Backsite runs on Linux and macOS; on Windows use it inside WSL.")


def main() -> int:
    from pathlib import Path

    from backsite.lib import bootstrap, entrance
    from backsite.lib.postgres import PostgresError

    root = Path(__file__).resolve().parent
    try:
        bootstrap.ensure(root, sys.argv[1] if len(sys.argv) > 1 else "help")
        entrance.execute(root, sys.argv)
    except (bootstrap.BootstrapError, PostgresError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
