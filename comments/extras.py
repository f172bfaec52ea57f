"""What other rooms add to the comment form. This room must not know them: the roof, which
knows both, puts them in here when the site starts (backsite/apps.py).
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from django import forms

from backsite.lib.bots import Submission

from .models import Comment


class Extra(Protocol):
    def fields(self) -> dict[str, forms.Field]:
        """New ones for each form, the same for every reader; none may be required."""

    def keep(self, values: dict[str, Any], comment: Comment, submission: Submission) -> None:
        """With the comment's own transaction; `values` are the form's cleaned ones."""


EXTRAS: Final[dict[str, Extra]] = {}


def add(name: str, extra: Extra) -> None:
    EXTRAS[name] = extra
