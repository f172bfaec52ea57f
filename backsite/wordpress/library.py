"""The old site's library of pictures, as far as its files are at hand."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from articles import renditions
from articles.models import Article, Picture
from articles.models.picture import TITLE_LENGTH
from backsite.lib.images import Unusable, check_bytes
from backsite.wordpress.export import Attachment
from backsite.wordpress.markup import plain
from backsite.wordpress.media_folder import MediaFolder, original_of
from backsite.wordpress.pictures import PICTURE_NAME, Known, OldPictures
from backsite.wordpress.reader import Export
from backsite.wordpress.report import Report

# The columns' own limits (articles.models.Picture).
LONGEST_ALT: Final = 200
LONGEST_CAPTION: Final = 300
# In the place of a number, for a picture that could be taken in and is only looked at.
LOOKED_AT: Final = -1


class Library:
    """`folder` None: no file is at hand. `looks_only`: says what would be taken in, and takes
    nothing."""

    def __init__(
        self, export: Export, report: Report, folder: Path | None, *, looks_only: bool
    ) -> None:
        self._attachments = export.attachments
        self._report = report
        self._looks_only = looks_only
        addresses = [export.head.link, export.head.site, export.head.blog]
        addresses += [one.address for one in export.attachments.values()]
        hosts = {urlsplit(address).netloc for address in addresses if "://" in address}
        self._folder = MediaFolder(folder, hosts) if folder else None
        self._paths = {urlsplit(one.address).path for one in export.attachments.values()}
        self._of_path = {
            urlsplit(original_of(one.address)).path: one for one in export.attachments.values()
        }
        self._found: dict[tuple[Path, bool], int] = {}

    def of(self, key: str, number: int) -> OldPictures:
        """For the item with that key and number. What is here already is not touched, so its
        pictures are looked at only: somebody may have removed one since."""
        looks = self._looks_only
        if self._folder is not None and not looks:
            looks = Article.objects.filter(import_key=key).exists()
        return OldPictures(
            lambda address: self._find(address, looks=looks),
            lambda given: self._gallery(given, number),
        )

    def attachment(self, number: int) -> Attachment | None:
        return self._attachments.get(number)

    def _find(self, address: str, *, looks: bool) -> Known | None:
        # A name that ends in a size is the original's own where the library has it so.
        exact = urlsplit(address).path in self._paths if self._folder else False
        path = self._folder.file(address, exact=exact) if self._folder else None
        if path is None:
            return None
        about = self._of_path.get(urlsplit(original_of(address)).path)
        if (path, looks) not in self._found:
            self._found[path, looks] = self._number(path, about, looks=looks)
        number = self._found[path, looks]
        return Known(number, about.alt if about else "") if number else None

    def _number(self, path: Path, about: Attachment | None, *, looks: bool) -> int:
        """0 for a file that cannot be used, which is reported."""
        try:
            if looks:
                return _look(path)
            with path.open("rb") as file:
                picture, is_new = Picture.take(file, path.name, by=None, **_words(about))
        except (Unusable, OSError) as error:
            self._report.skip(f"picture {path.name}", str(error))
            return 0
        self._report.written["pictures"] += is_new
        return int(picture.pk)

    def _gallery(self, given: dict[str, str], number: int) -> list[Attachment]:
        """The ones that it names, in their order; else those that came with the article."""
        if named := given.get("ids") or given.get("include"):
            numbers = [int(part) for part in named.split(",") if part.strip().isdecimal()]
            found = [self._attachments.get(number) for number in numbers]
            return [one for one in found if one is not None]
        without = {part.strip() for part in given.get("exclude", "").split(",")}
        mine = [
            one
            for one in self._attachments.values()
            if one.parent == int(given.get("id") or number if _is_number(given) else number)
            and PICTURE_NAME.search(urlsplit(one.address).path)
            and str(one.number) not in without
        ]
        return sorted(mine, key=lambda one: (one.order, one.number))


def _is_number(given: dict[str, str]) -> bool:
    return given.get("id", "").isdecimal() and len(given["id"]) < 18


def _look(path: Path) -> int:
    """LOOKED_AT for a picture that could be taken in. Raises Unusable for others."""
    check_bytes(path.stat().st_size)
    content = path.read_bytes()
    known = Picture.objects.filter(content_hash=hashlib.sha256(content).hexdigest())
    if not known.exists():
        renditions.opened(content)
    return LOOKED_AT


def _words(about: Attachment | None) -> dict[str, str]:
    if about is None:
        return {}
    words = {
        "alt": plain(about.alt)[:LONGEST_ALT],
        "caption": plain(about.caption)[:LONGEST_CAPTION],
    }
    title = plain(about.title)[:TITLE_LENGTH]
    return {**words, "title": title} if title else words
