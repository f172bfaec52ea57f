"""Whole public pages, kept in each process and always true.

A view says that its page is the same for everyone (`cacheable`) and what it shows (`shows`).
The database says what changed (`triggers`), every process hears it (`listener`) and forgets
just those pages (`store`). `application` serves them in front of Django.
"""

from .tags import cacheable, shows

__all__ = ["cacheable", "shows"]
