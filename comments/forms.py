"""The form under every article."""

from __future__ import annotations

from typing import Any, Final

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from backsite.lib.forms import Words, web_address
from backsite.lib.text import has_substance

from .extras import EXTRAS
from .models import Comment
from .models.comment import LONGEST_NAME, LONGEST_TEXT, LONGEST_WEBSITE
from .rendering import without_addresses

ADDRESS_AS_NAME: Final = _(
    "This is an e-mail address, and everybody would read it beside your comment. A first name "
    "is enough."
)


class CommentForm(forms.Form):
    """What a reader types. The same for everyone: no token, nothing about the visitor."""

    text = Words(
        label=_("Your comment or question"),
        longest=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 7, "data-longest": LONGEST_TEXT}),
        error_messages={"required": _("Write your comment or question here first.")},
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("Shown beside your comment. A first name is enough."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Tell us a name; a first name or initials are enough.")},
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("Will not be published. We write to it when we have answered you."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("We need an e-mail address to tell you about the answer."),
            "invalid": _("This is not an e-mail address; it should look like name@example.org."),
        },
    )
    website = forms.CharField(
        label=_("Website"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "url", "inputmode": "url"}),
    )
    follow = forms.BooleanField(
        label=_("Tell me when somebody replies"),
        required=False,
        help_text=_(
            "By mail. The first time we ask with one mail whether the address is yours. "
            "Every mail has a link to stop them."
        ),
    )
    # A plain field takes whatever comes: a mistake in what a reader cannot see is not theirs.
    parent = forms.Field(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, article: Article, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for extra in EXTRAS.values():
            self.fields.update(extra.fields())
        self.article = article
        self.helper = plain_helper()

    def clean_website(self) -> str:
        return web_address(self.cleaned_data["website"], LONGEST_WEBSITE)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not has_substance(name):
            raise ValidationError(self.fields["name"].error_messages["required"])
        if without_addresses(name) != name:
            raise ValidationError(ADDRESS_AS_NAME)
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


class OwnForm(forms.Form):
    """The words of a comment, for its writer to change."""

    text = Words(
        label=_("Your comment"),
        longest=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 9}),
        error_messages={
            "required": _(
                "There is nothing in the box. To take your comment away, use the "
                "button under it that says so."
            )
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


class LinkForm(forms.Form):
    """The address that a comment was written with, as its writer says."""

    email = forms.EmailField(
        label=_("The e-mail address that you wrote it with"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Type the address that you gave when you wrote it."),
            "invalid": _("This is not an e-mail address; it should look like name@example.org."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


def plain_helper() -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False  # the template writes it, with its buttons
    helper.disable_csrf = True  # the page is the same for everyone; see OriginGuard
    helper.template_pack = "backsite"
    return helper
