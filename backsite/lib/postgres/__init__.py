"""A private PostgreSQL server in the site's data folder.

Used when DATABASE_URL is unset. Standard library only: it runs before Django is asked.

    server = Server(Path("var"))
    with server.in_use():      # starts it; the last one to leave stops it
        ...
"""

from backsite.lib.postgres.errors import PostgresError
from backsite.lib.postgres.server import Server

__all__ = ["PostgresError", "Server"]
