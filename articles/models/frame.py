"""What stands around every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backsite.lib.prepared import Prepared, Rows

from .navigation import ENTRIES, Navigation
from .site import Site

_FRAME: Final = Prepared(
    lambda: {
        "site": Site.objects.filter(pk=Site.ONLY).select_related("logo", "share_picture"),
        "entries": Rows(ENTRIES, columns=8),
    }
)


@dataclass(frozen=True)
class Frame:
    """The site's identity and what its head and foot lead to."""

    site: Site
    navigation: Navigation

    @classmethod
    def read(cls) -> Frame:
        """In one query; the defaults of the site where nobody has written them yet."""
        found = _FRAME.ask()
        return cls(next(iter(found["site"]), None) or Site(), Navigation.of(found["entries"]))
