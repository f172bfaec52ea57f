"""Finds the file behind an address of the old site in a copy of its uploads."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from backsite.wordpress.export import ExportError

# WordPress names its smaller copies after their size, and from 5.3 on the one that it shows
# instead of a very large file.
SMALLER: Final = re.compile(r"-(?:\d{1,5}x\d{1,5}|scaled)(?=\.[A-Za-z]{3,4}$)")
UPLOADS: Final = re.compile(r"^.*/(?:wp-content/)?(?:uploads|files)/")
# The folders by month in which WordPress keeps them.
MONTH: Final = re.compile(r"(?:^|/)(\d{4}/\d{2}/[^/]+)$")


class MediaFolder:
    """`folder` is wp-content/uploads of the old site, or a folder with its files in it."""

    def __init__(self, folder: Path, hosts: Collection[str]) -> None:
        if not folder.is_dir():
            raise ExportError(f"{folder} is not a folder. Name the one with the old site's files.")
        self._folder = folder.resolve()
        self._hosts = {bare(host) for host in hosts}

    def file(self, address: str, *, exact: bool = False) -> Path | None:
        """The largest that is there; `exact`: the name says no size of a smaller copy. Only
        for addresses of the old site itself: another site may have another picture of the
        same name."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        if bare(parts.netloc) not in self._hosts:
            return None
        for name in names(unquote(parts.path), exact=exact):
            found = self._inside(name)
            if found is not None:
                return found
        return None

    def _inside(self, name: str) -> Path | None:
        """Nothing above the folder, whatever the address or a link in the folder says."""
        try:
            path = (self._folder / name).resolve()
            inside = path.is_relative_to(self._folder) and path.is_file()
        except (OSError, ValueError, RuntimeError):  # a name that no file can have
            return None
        return path if inside else None


def names(path: str, *, exact: bool) -> Iterator[str]:
    """Where it may lie in the folder, the likeliest first."""
    inside = UPLOADS.sub("", path)
    month = MONTH.search(path)
    places = [inside, month[1] if month else "", PurePosixPath(path).name]
    for place in dict.fromkeys(place.lstrip("/") for place in places):
        if place:
            original = place if exact else SMALLER.sub("", place)
            ending = PurePosixPath(original).suffix
            scaled = f"{original.removesuffix(ending)}-scaled{ending}"
            yield from dict.fromkeys([original, scaled, place])


def original_of(address: str) -> str:
    """The address without the size that WordPress put into the name."""
    return SMALLER.sub("", address.partition("?")[0])


def bare(host: str) -> str:
    return host.lower().removeprefix("www.").partition(":")[0]
