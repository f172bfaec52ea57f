class PostgresError(Exception):
    """The private server cannot be used. The message is one line for the operator:
    what happened and what to do."""
