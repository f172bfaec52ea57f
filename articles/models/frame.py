"""What stands around every page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.utils.translation import get_language

from backsite.lib.prepared import Prepared, Rows

from .navigation import ENTRIES, Navigation
from .site import Site

_FRAME: Final = Prepared(
    lambda: {
        "site": Site.objects.filter(pk=Site.ONLY).select_related("logo", "share_picture"),
        "entries": Rows(ENTRIES, columns=8),
    }
)


@dataclass(frozen=True, eq=False)
class Frame:
    """The site's identity and what its head and foot lead to. The same object only while the
    database says the same."""

    site: Site
    navigation: Navigation

    @classmethod
    def read(cls) -> Frame:
        """In one query; the defaults of the site where nobody has written them yet."""
        return _known(get_language(), *_FRAME.said())


@lru_cache(maxsize=10)
def _known(language: str | None, *said: str | None) -> Frame:
    """`language`: the defaults of the site are words."""
    found = _FRAME.objects_of(said)
    return Frame(next(iter(found["site"]), None) or Site(), Navigation.of(found["entries"]))
