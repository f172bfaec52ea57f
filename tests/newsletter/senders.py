"""Runs in a process of its own: a database with one issue that is going out, and as many
senders of it as are asked for, each a process that can be killed.

Reads words from its standard input: `send` starts a sender and answers with its number.
"""

from __future__ import annotations

import os
import signal
import sys

import django


def main(readers: int, connections: int) -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from newsletter.management.commands import send  # noqa: F401  # loaded once, for all
    from newsletter.sending import clerk
    from tests.newsletter.issues import begun, make_readers

    call_command("migrate", verbosity=0)
    make_readers(readers)
    begun()
    connection.close()
    clerk.BURY_EVERY = 1.0  # type: ignore[misc]  # a test has less time than a site
    # A thousand bad answers on purpose stop no issue here.
    clerk.MOST_REFUSED = 1.0  # type: ignore[misc]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            call_command("send", connections=connections)
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
