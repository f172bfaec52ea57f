"""Addresses that something here once had, here or in the system it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Final, TypeAlias
from urllib.parse import unquote, urlsplit

from django.db import models
from django.db.models import Q
from django.utils import timezone

from .article import Article
from .author import Author
from .topic import Tag, Topic

Target: TypeAlias = Article | Topic | Author | Tag

LONGEST_PATH: Final = 500
KINDS: Final = ("article", "topic", "author", "tag")
# WordPress answers `/?p=12` (posts) and `/?page_id=12` (pages) whatever the permalinks are.
NUMBER: Final = re.compile(r"(?:^|&)(?:p|page_id)=(\d{1,12})(?:&|$)")


def normal(address: str) -> str:
    """The path as it is kept and looked up: decoded, in small letters, a slash at both ends;
    `/?p=12` for WordPress's numbers. Empty where it can be no address of ours."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    if number := NUMBER.search(parts.query):
        return f"/?p={int(number[1])}"
    path = re.sub(r"/{2,}", "/", f"/{unquote(parts.path)}/").lower()
    if path.startswith("/index.php/") and path != "/index.php/":
        path = path.removeprefix("/index.php")
    return path if "\x00" not in path and 1 < len(path) <= LONGEST_PATH else ""


def _exactly_one() -> Q:
    cases = [Q(**{f"{kind}__isnull": kind != chosen for kind in KINDS}) for chosen in KINDS]
    return reduce(or_, cases)


class OldAddressQuerySet(models.QuerySet["OldAddress"]):
    def keep(self, address: str, target: Target, *, by_hand: bool = False) -> None:
        """From now on leads there; what an earlier move said of that address is over."""
        if not (path := normal(address)):
            return
        columns = dict.fromkeys(KINDS) | {_kind(target): target, "by_hand": by_hand}
        self.update_or_create(path=path, defaults=columns)

    def keep_imported(self, rows: Iterable[tuple[str, Target]]) -> None:
        """Many at once, for imports; what is known already stays as it is."""
        found = {path: target for address, target in rows if (path := normal(address))}
        self.bulk_create(
            [OldAddress(path=path, **{_kind(target): target}) for path, target in found.items()],
            ignore_conflicts=True,
            batch_size=500,
        )

    def give_up(self, address: str) -> None:
        """Something that readers can reach has this address now."""
        self.filter(path=normal(address)).delete()

    def with_targets(self) -> OldAddressQuerySet:
        return self.select_related(*KINDS)


class OldAddress(models.Model):
    """`path` answers 301 with the present address of its one target, in one hop: the row
    names the thing, never another address. It is asked only where nothing else answers."""

    path = models.CharField("old address", max_length=LONGEST_PATH, unique=True)
    article = models.ForeignKey(Article, null=True, blank=True, on_delete=models.CASCADE)
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.CASCADE)
    author = models.ForeignKey(Author, null=True, blank=True, on_delete=models.CASCADE)
    tag = models.ForeignKey(Tag, null=True, blank=True, on_delete=models.CASCADE)
    by_hand = models.BooleanField("added by hand", default=False, editable=False)
    created_at = models.DateTimeField("kept since", default=timezone.now, editable=False)

    objects = OldAddressQuerySet.as_manager()

    class Meta:
        verbose_name = "old address"
        verbose_name_plural = "old addresses"
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(condition=_exactly_one(), name="old_address_has_one_target"),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def target(self) -> Target:
        found = self.article or self.topic or self.author or self.tag
        assert found is not None
        return found

    @property
    def leads_to(self) -> str:
        """Empty while readers cannot reach its target."""
        found = self.target
        gone = isinstance(found, Article) and not found.is_public
        return "" if gone else found.get_absolute_url()


def moved(target: Target, *, from_: str) -> None:
    """Call once it is saved under its new address: the old one goes on leading to it."""
    new = target.get_absolute_url()
    OldAddress.objects.give_up(new)
    was_shown = not isinstance(target, Article) or target.published_at is not None
    if from_ != new and was_shown:
        OldAddress.objects.keep(from_, target)


def _kind(target: Target) -> str:
    return str(target._meta.model_name)
