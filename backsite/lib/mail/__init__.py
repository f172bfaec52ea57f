"""Mail that is a row before it is handed over. `compose` writes it, the worker sends it."""
