"""Sources that an article rests a claim on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import models
from django.db.models import Q

from ..citations import Found, normal_doi, page_address

if TYPE_CHECKING:
    from .article import Article

# What a reader needs to know a source by; the rest helps and is not missed.
WANTED: Final = {"authors": "the authors", "title": "the title", "year": "the year"}
# Everything that a pasted entry can fill in.
FILLED: Final = ("authors", "year", "title", "source", "kind", "doi", "pmid", "url")


class ReferenceQuerySet(models.QuerySet["Reference"]):
    def same_as(self, found: Found) -> Reference | None:
        """The one that a pasted entry means: by DOI, PubMed id or address."""
        return next((row for row in self if row.is_of(found)), None)

    def add(self, article: Article, found: Found) -> Reference:
        """A new one, under a key of its own; the caller gives it its place."""
        taken = set(self.filter(article=article).values_list("key", flat=True))
        fields = {name: getattr(found, name) for name in FILLED}
        return self.create(article=article, key=found.free_key(taken), **fields)


class Reference(models.Model):
    """A source that an article rests a claim on; `<cite data-ref="KEY">` marks the claim.

    It can be checked: it has a DOI, a PubMed id or an address. Everything else may be
    filled in later, and `missing` says what.
    """

    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="references"
    )
    key = models.SlugField(max_length=60, help_text="How the text names it, e.g. hartvigsen2018.")
    position = models.PositiveSmallIntegerField(default=0)
    authors = models.CharField(max_length=300, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    title = models.CharField(max_length=400, blank=True)
    source = models.CharField("published in", max_length=200, blank=True)
    kind = models.CharField(
        "kind of source", max_length=60, blank=True, help_text="e.g. guideline, randomised trial"
    )
    doi = models.CharField("DOI", max_length=200, blank=True)
    pmid = models.CharField("PubMed id", max_length=8, blank=True)
    url = models.URLField("address", max_length=500, blank=True)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["article", "key"], name="reference_key_once"),
            models.CheckConstraint(
                condition=~Q(doi="") | ~Q(pmid="") | ~Q(url=""), name="reference_can_be_checked"
            ),
        ]

    def __str__(self) -> str:
        named = f"{self.authors} {self.year or ''}".strip()
        return ": ".join(part for part in (named, self.title) if part) or self.shown_link

    @property
    def short(self) -> str:
        """One line for a list of the staff's: who, when, what, and its key in the text."""
        named = f"{self.authors} {self.year or ''}".strip()
        what = self.title or self.shown_link
        return " · ".join(part for part in (named, what, self.key) if part)

    @property
    def link(self) -> str:
        """Where a reader can check it."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return self.pubmed or self.url

    @property
    def pubmed(self) -> str:
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else ""

    @property
    def shown_link(self) -> str:
        if self.doi:
            return f"doi:{self.doi}"
        return f"PubMed {self.pmid}" if self.pmid else self.url

    @property
    def missing(self) -> list[str]:
        """In words, what a reader would look for and not find."""
        return [words for name, words in WANTED.items() if not getattr(self, name)]

    def is_of(self, found: Found) -> bool:
        return bool(
            (self.doi and normal_doi(self.doi).lower() == found.doi.lower())
            or (self.pmid and self.pmid == found.pmid)
            or (self.url and page_address(self.url) == page_address(found.url))
        )

    def complete_from(self, found: Found) -> list[str]:
        """Fills in what is empty and the entry knows; the names of the fields it filled."""
        filled = [name for name in FILLED if not getattr(self, name) and getattr(found, name)]
        for name in filled:
            setattr(self, name, getattr(found, name))
        if filled:
            self.save(update_fields=filled)
        return filled
