"""The sign-up box: its form, and everything that goes along with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import slugify

from articles.models import Site

from .addresses import perhaps_meant, tidy
from .wording import Wording

LONGEST_NAME: Final = 80
LONGEST_PAGE: Final = 500
LONGEST_FORM_NAME: Final = 40


class Along(forms.Field):
    """Sent along out of sight. A reader can put nothing right in it, so nothing in it is
    an error: what cannot be used is cut off."""

    widget = forms.HiddenInput

    def __init__(self, longest: int) -> None:
        super().__init__(required=False)
        self.longest = longest

    def clean(self, value: Any) -> str:
        return str(value or "").replace("\x00", "").strip()[: self.longest]


class SignupForm(forms.Form):
    email = forms.CharField(
        label="Your e-mail address",
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": "Please type your e-mail address: the letter goes there."},
    )
    first_name = forms.CharField(
        label="First name",
        max_length=LONGEST_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    sure = Along(320)
    page = Along(LONGEST_PAGE)
    form = Along(LONGEST_FORM_NAME)
    seal = Along(4_000)

    def __init__(self, data: QueryDict | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.helper = FormHelper()
        self.helper.template_pack = "backsite"
        self.helper.form_tag = False  # the box brings its own, with the button
        self.helper.disable_csrf = True  # pages are the same for everyone; see OriginGuard

    def clean_email(self) -> str:
        return tidy(self.cleaned_data["email"])

    def clean_first_name(self) -> str:
        """A greeting is no place for advertising: the name goes into a mail to an address
        that somebody else may have typed."""
        name: str = " ".join(self.cleaned_data["first_name"].split())
        if any(sign in name for sign in ("/", "@", "www.", "<")):
            raise ValidationError("Just your first name, please, without any address.")
        return name

    def clean(self) -> dict[str, Any]:
        """Asks once about a well-known slip in the address, and takes the second press of
        the button as the answer. `sure` is the address that was asked about."""
        values = self.cleaned_data
        email = values.get("email", "")
        meant = perhaps_meant(email)
        if meant and values["sure"] != email:
            sent = {name: self.data.get(name) for name in self.data}
            self.data = {**sent, "sure": email}
            self.add_error(
                "email",
                f"Did you mean {meant}? Correct the address, or press the button again "
                "to keep it as it is.",
            )
        return values


@dataclass(frozen=True)
class Box:
    """A sign-up box, as its template shows it. `notice` is a line above its fields."""

    form: SignupForm
    name: str
    wording: Wording
    notice: str = ""

    @classmethod
    def empty(cls, name: str, *, page: str, site: Site | None = None) -> Box:
        """`name` tells the boxes of a page apart: it begins their ids, and is kept with
        each sign-up."""
        wording = Wording.current(site)
        known = {"page": page, "form": name, "seal": wording.seal}
        form = SignupForm(initial=known, auto_id=f"{prefix(name)}-%s")
        return cls(form, name, wording)

    @classmethod
    def filled(cls, form: SignupForm, notice: str = "") -> Box:
        """The box that was sent, with everything typed. Asks no database."""
        name = form["form"].value() or ""
        wording = Wording.of_seal(form["seal"].value() or "") or Wording()
        return cls(form, str(name), wording, notice)

    @property
    def title_id(self) -> str:
        return f"{prefix(self.name)}-title"


def prefix(name: str) -> str:
    return f"signup-{slugify(name)[:LONGEST_FORM_NAME] or 'box'}"
