"""What readers tell the makers of an article."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .models.feedback import LONGEST_WORDS, Feedback


class FeedbackForm(forms.Form):
    """“Was this helpful?” with a few words, or “Something is wrong here”, which needs them.
    The same for everyone: no token, nothing about the visitor."""

    words = forms.CharField(
        label=_("Your words"),
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Tell us what is wrong: a sentence is enough.")},
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        help_text=_("Only if you want us to be able to write back. It is not published."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "invalid": _(
                "This is not an e-mail address; it should look like name@example.org. "
                "It may stay empty."
            ),
        },
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{kind}-%s", **kwargs})
        self.kind = kind
        self.is_mistake = kind == Feedback.Kind.MISTAKE
        self.fields["words"].required = self.is_mistake
        # A browser cuts what is pasted beyond it, without a word; the server says so instead.
        self.fields["words"].widget.attrs.pop("maxlength", None)
        self.fields["words"].label = (
            gettext("What is wrong, and where?")
            if self.is_mistake
            else gettext("What helped, or what was missing?")
        )
        if not self.is_mistake:
            del self.fields["email"]
        self.helper = FormHelper()
        self.helper.form_tag = False  # the template writes it, with the buttons
        self.helper.disable_csrf = True  # the page is the same for everyone; see OriginGuard
        self.helper.template_pack = "backsite"
