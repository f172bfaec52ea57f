"""The form under every article."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from articles.models import Article
from backsite.lib.forms import Words, web_address
from backsite.lib.text import has_substance

from .models import Comment
from .models.comment import LONGEST_NAME, LONGEST_TEXT, LONGEST_WEBSITE


class CommentForm(forms.Form):
    """What a reader types. The same for everyone: no token, nothing about the visitor."""

    text = Words(
        label="Your comment or question",
        longest=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": "Write your comment or question here first."},
    )
    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        help_text="Shown beside your comment. A first name is enough.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Tell us a name; a first name or initials are enough."},
    )
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="Will not be published. We write to it when we have answered you.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "We need an e-mail address to tell you about the answer.",
            "invalid": "This is not an e-mail address; it should look like name@example.org.",
        },
    )
    website = forms.CharField(
        label="Website",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "url", "inputmode": "url"}),
    )
    # A plain field takes whatever comes: a mistake in what a reader cannot see is not theirs.
    parent = forms.Field(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, article: Article, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.article = article
        self.helper = FormHelper()
        self.helper.form_tag = False  # the template writes it, with the fields of the bot checks
        self.helper.disable_csrf = True  # the page is the same for everyone; see OriginGuard
        self.helper.template_pack = "backsite"

    def clean_website(self) -> str:
        return web_address(self.cleaned_data["website"], LONGEST_WEBSITE)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not has_substance(name):
            raise ValidationError(self.fields["name"].error_messages["required"])
        return name

    @property
    def parent_comment(self) -> Comment | None:
        """Whom this answers. One that is gone meanwhile costs the place, not the words."""
        raw = self["parent"].value()
        typed = str(raw or "")
        if not (typed.isascii() and typed.isdigit() and len(typed) < 18):
            return None
        return (
            Comment.objects.approved()
            .filter(article=self.article, pk=int(typed))
            .select_related("article", "staff__author_profile__photo")
            .first()
        )
