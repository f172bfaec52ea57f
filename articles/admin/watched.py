"""The part of an article's form that keeps two people, or two windows, from overwriting
each other.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from django import forms

from articles.differences import Difference, compare
from articles.models import Article, Revision
from articles.models.revising import LISTS, PICTURES, SWITCHES, TEXTS, named

# In a form that only shows again what was typed before: it is never saved.
LOOK: Final = "_look"


class WatchedForm(forms.ModelForm[Article]):
    """Carries the revision that it was opened with. If somebody has saved another since, it
    is not valid until its user has seen that and said `over` = the number of that one.
    """

    opened_revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    over = forms.IntegerField(required=False, widget=forms.HiddenInput)
    unsaved_key = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pk = self.instance.pk
        self.initial["opened_revision"] = self.instance.revision
        self.initial["unsaved_key"] = f"article-{pk}" if pk else f"new-{uuid4()}"
        self.conflict: Revision | None = None

    @property
    def looks(self) -> bool:
        return LOOK in self.data

    def is_valid(self) -> bool:
        valid = super().is_valid()
        return valid and not self.looks and self.conflict is None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        opened, newest = values.get("opened_revision"), self.instance.revision
        if self.instance.pk and opened is not None and newest not in {opened, values.get("over")}:
            self.conflict = self.instance.revisions.filter(number=newest).first()
        return values

    @property
    def their_changes(self) -> list[Difference]:
        """What was saved since this form was opened."""
        if self.conflict is None:
            return []
        opened = self.cleaned_data["opened_revision"]
        # Revision 1 is what stood there before the first change that was kept.
        before = self.instance.revisions.filter(number=max(opened, 1)).first()
        return compare(before.words, self.conflict.words) if before else []

    @property
    def own_changes(self) -> list[Difference]:
        """What saving this form would make of the words that are saved now."""
        if self.conflict is None:
            return []
        saved, values = self.conflict.words, self.cleaned_data
        own: dict[str, Any] = {name: _lines(self.data[name]) for name in TEXTS if name in self.data}
        own |= {name: named(values[name]) for name in (*PICTURES, "topic") if name in values}
        own |= {name: values[name] for name in (*SWITCHES, "kind") if name in values}
        own |= {name: [named(row) for row in values[name]] for name in LISTS if name in values}
        texts = {name: _lines(saved[name]) for name in TEXTS if name in saved}
        return compare({**saved, **texts}, own)


def _lines(text: str) -> str:
    """Browsers send other line ends than the ones that were saved."""
    return "\n".join(text.splitlines())
