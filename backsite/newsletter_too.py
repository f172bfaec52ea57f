"""The box “also send me the newsletter” under the comment form: comments and newsletter
do not know each other, so it is put together here. It only asks; the newsletter's own mail
with its own button decides.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backsite.lib.bots import Submission
from comments.models import Comment
from newsletter.addresses import tidy
from newsletter.forms import Along
from newsletter.models import Signup
from newsletter.wording import PROMISE, Wording

LABEL: Final = _("Also send me the newsletter")
FORM: Final = "comment"
LONGEST_SEAL: Final = 4_000


class NewsletterToo:
    def fields(self) -> dict[str, forms.Field]:
        seal = Along(LONGEST_SEAL)
        seal.initial = _seal()
        box = forms.BooleanField(label=LABEL, required=False, help_text=PROMISE)
        return {"newsletter": box, "newsletter_seal": seal}

    def keep(self, values: dict[str, Any], comment: Comment, submission: Submission) -> None:
        """The consent is kept with the words that this very page showed."""
        if not values["newsletter"]:
            return
        try:
            email = tidy(comment.email)
        except ValidationError:
            return  # no letter could ever reach it; the comment is kept all the same
        Signup.receive(
            # Google's answer is good for one question, and the comment's check asks it.
            replace(submission, form=FORM, captcha=""),
            email=email,
            first_name="",
            source_page=comment.article.get_absolute_url(),
            wording=str(Wording.of_seal(values["newsletter_seal"]) or _wording()),
        )


@cache
def _seal() -> str:
    """The same on every form: our own words, signed by a key that stays while we run."""
    return _wording().seal


def _wording() -> Wording:
    return Wording(title=str(LABEL), promise=str(PROMISE), button=gettext("Post comment"))
