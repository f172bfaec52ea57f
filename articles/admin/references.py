"""The references of an article: their rows, the field to paste into, their places, and
marks in a text that lead nowhere.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminURLFieldWidget
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from articles import citations
from articles.models import Article, Reference
from articles.rendering import cited_keys


class ReferenceForm(forms.ModelForm[Reference]):
    url = forms.URLField(
        label="Address",
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=AdminURLFieldWidget,
    )
    # As long as what people paste: the address of a page, and not only the id.
    doi = forms.CharField(label="DOI", required=False, max_length=300)
    pmid = forms.CharField(label="PubMed id", required=False, max_length=300)

    class Meta:
        model = Reference
        fields = (
            "key",
            "position",
            "authors",
            "year",
            "kind",
            "title",
            "source",
            "doi",
            "pmid",
            "url",
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        names = ("doi", "pmid", "url")
        if not self.errors and not any(values.get(name) for name in names):
            self.add_error(
                "doi",
                "Give its DOI or its address, so that a reader can check it. A PubMed id will "
                "do as well.",
            )
        return values

    def clean_doi(self) -> str:
        typed = self.cleaned_data["doi"].strip()
        doi = citations.normal_doi(typed)
        if typed and not doi:
            raise ValidationError("This is no DOI; one looks like 10.1136/bmj.l689.")
        return doi

    def clean_pmid(self) -> str:
        typed = self.cleaned_data["pmid"].strip()
        pmid = citations.normal_pmid(typed)
        if typed and not pmid:
            raise ValidationError("This is no PubMed id: one is a number of up to eight digits.")
        return pmid


class ReferenceFormSet(BaseInlineFormSet[Reference, Article, forms.ModelForm[Reference]]):
    """The rows, and a field into which sources are pasted: all of them or, where one
    cannot be read, none, with the text still in its field."""

    request: ClassVar[HttpRequest]

    @property
    def paste_name(self) -> str:
        return f"{self.prefix}-paste"

    @property
    def pasted_text(self) -> str:
        return str(self.data.get(self.paste_name, "")) if self.is_bound else ""

    def clean(self) -> None:
        super().clean()
        self.pasted = citations.read(self.pasted_text)
        problems = list(self.pasted.problems)
        if self.pasted_text.strip() and not self.pasted.found and not problems:
            problems.append("Nothing in what you pasted names a source.")
        if problems:
            lead = "Nothing was taken from the field for pasting; it is as you left it."
            raise ValidationError([lead, *problems])

    def save(self, commit: bool = True) -> list[Reference]:
        """Rows first, then what was pasted: a row that is deleted makes room for it."""
        rows: list[Reference] = super().save(commit=commit)
        if commit:
            self._add_pasted()
        return rows

    def _add_pasted(self) -> None:
        for found in self.pasted.found:
            known = Reference.objects.filter(article=self.instance).same_as(found)
            if known is None:
                new = Reference.objects.all().add(self.instance, found)
                self.new_objects.append(new)
                self._say_what_is_missing(f"{found.label} is now {new.key}.", new)
                continue
            filled = known.complete_from(found)
            if filled:
                self._say_what_is_missing(f"{found.label} completed {known.key}.", known)
            else:
                words = f"{found.label} is already in the list, as {known.key}."
                messages.info(self.request, words)

    def _say_what_is_missing(self, said: str, row: Reference) -> None:
        if not row.missing:
            messages.success(self.request, said)
            return
        missing = " and ".join([", ".join(row.missing[:-1]), row.missing[-1]][-2:])
        missing = missing.removeprefix(" and ")
        messages.warning(
            self.request,
            f"{said} Nothing is looked up: please fill in {missing}, or paste its BibTeX or RIS "
            "entry here, which completes it.",
        )


class ReferenceInline(admin.StackedInline[Reference, Article]):
    model = Reference
    form = ReferenceForm
    formset = ReferenceFormSet
    template = "admin/articles/evidence/references.html"
    extra = 0
    fields = (
        ("key", "position"),
        "authors",
        ("year", "kind"),
        "title",
        "source",
        ("doi", "pmid"),
        "url",
    )
    verbose_name_plural = "References"

    def get_formset(self, request: HttpRequest, obj: Article | None = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.request = request  # a class made for this request alone
        return formset


def place_references(article: Article) -> None:
    """Gives each reference without a place (0) one after the others, in the order in
    which the text first cites them; those that it does not cite come last."""
    cited = {key: number for number, key in enumerate(cited_keys(article.body))}
    rows = list(article.references.all())
    placed = max((row.position for row in rows), default=0)
    new = [row for row in rows if not row.position]
    new.sort(key=lambda row: (cited.get(row.key, len(cited)), row.pk))
    for number, row in enumerate(new, start=placed + 1):
        row.position = number
        row.save(update_fields=["position"])


def place_authors(article: Article) -> None:
    """Numbers the authors 1, 2, 3 in the order they have; those without a place come last."""
    rows = sorted(article.bylines.all(), key=lambda row: (row.position or 10_000, row.pk))
    for number, row in enumerate(rows, start=1):
        if row.position != number:
            row.position = number
            row.save(update_fields=["position"])


def dead_marks(article: Article) -> list[str]:
    """Keys that the text cites and no reference has: readers see nothing of such a mark."""
    known = {row.key for row in article.references.all()}
    return [key for key in cited_keys(article.body) if key not in known]


def idle_references(article: Article) -> list[str]:
    """Keys of references that the text does not cite."""
    cited = set(cited_keys(article.body))
    return [row.key for row in article.references.all() if row.key not in cited]
