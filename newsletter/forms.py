"""The sign-up box: its form, and everything that goes along with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.models import Site
from backsite.lib.forms import Words
from backsite.lib.text import Said

from .addresses import perhaps_meant, tidy
from .models import Book, Letter, Subscriber
from .wording import Wording

LONGEST_NAME: Final = 80
LONGEST_PAGE: Final = 500
LONGEST_FORM_NAME: Final = 40
LONGEST_CAMPAIGN: Final = 80


class Along(forms.Field):
    """Sent along out of sight. A reader can put nothing right in it, so nothing in it is
    an error: what cannot be used is cut off."""

    widget = forms.HiddenInput

    def __init__(self, longest: int) -> None:
        super().__init__(required=False)
        self.longest = longest

    def clean(self, value: Any) -> str:
        return str(value or "").replace("\x00", "").strip()[: self.longest]


class AddressForm(forms.Form):
    """A form of a public page that takes an address, and nothing else that is required."""

    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Please type your e-mail address: the mail goes there.")},
    )
    sure = Along(320)
    page = Along(LONGEST_PAGE)
    form = Along(LONGEST_FORM_NAME)

    def __init__(self, data: QueryDict | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.helper = FormHelper()
        self.helper.template_pack = "backsite"
        self.helper.form_tag = False  # the box brings its own, with the button
        self.helper.disable_csrf = True  # pages are the same for everyone; see OriginGuard

    def clean_email(self) -> str:
        return tidy(self.cleaned_data["email"])

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
                gettext(
                    "Did you mean {address}? Correct the address, or press the button again to "
                    "keep it as it is."
                ).format(address=meant),
            )
        return values


class NamedForm(forms.Form):
    first_name = forms.CharField(
        label=_("First name"),
        max_length=LONGEST_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )

    def clean_first_name(self) -> str:
        """A greeting is no place for advertising: the name goes into a mail to an address
        that somebody else may have typed."""
        name: str = " ".join(self.cleaned_data["first_name"].split())
        if any(sign in name for sign in ("/", "@", "www.", "<")):
            raise ValidationError(gettext("Just your first name, please, without any address."))
        return name


class SignupForm(AddressForm, NamedForm):
    seal = Along(4_000)
    campaign = Along(LONGEST_CAMPAIGN)
    book = Along(60)

    field_order = ("email", "first_name")


class PreferencesForm(NamedForm):
    """Which letters, how often, and the name in the greeting."""

    letters = forms.ModelMultipleChoiceField(
        Letter.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    frequency = forms.ChoiceField(
        label=_("How often"),
        choices=Subscriber.Frequency.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how often letters may come.")},
    )

    def __init__(self, data: QueryDict | None = None, *, letters: list[Letter], **options: Any):
        super().__init__(data, **options)
        self.offered = letters
        field = self.fields["letters"]
        if isinstance(field, forms.ModelMultipleChoiceField):
            field.queryset = Letter.objects.filter(pk__in=[letter.pk for letter in letters])

    @classmethod
    def of(cls, subscriber: Subscriber, letters: list[Letter]) -> PreferencesForm:
        known = {
            "letters": [letter.pk for letter in subscriber.letters()],
            "frequency": subscriber.frequency,
            "first_name": subscriber.first_name,
        }
        return cls(letters=letters, initial=known)

    def groups(self) -> list[tuple[str, list[tuple[Letter, bool]]]]:
        """(heading, letters with whether each is ticked)."""
        ticked = {str(pk) for pk in self["letters"].value() or []}
        rows = [(letter, str(letter.pk) in ticked) for letter in self.offered]
        topics = [row for row in rows if row[0].kind == Letter.Kind.TOPIC]
        others = [row for row in rows if row[0].kind != Letter.Kind.TOPIC]
        named = [
            (gettext("Letters"), others),
            (gettext("A short mail when there is something new"), topics),
        ]
        return [(heading, found) for heading, found in named if found]


class MoveForm(AddressForm):
    """The new address."""

    def __init__(self, data: QueryDict | None = None, *, now: str, **options: Any) -> None:
        super().__init__(data, auto_id="move-%s", **options)
        self.now = now
        self.fields["email"].label = gettext("Your new e-mail address")

    def clean_email(self) -> str:
        address = super().clean_email()
        if address.lower() == self.now.lower():
            raise ValidationError(gettext("Your letters come to this address already."))
        return address


class ReasonForm(forms.Form):
    """Why somebody has left, if they like to say so."""

    REASONS: ClassVar[list[tuple[str, Said]]] = [
        ("too-many", _("Too many letters")),
        ("not-for-me", _("They were not about what I need")),
        ("better-now", _("I do not need them any more")),
        ("never-asked", _("I never asked for them")),
        ("other", _("Something else")),
    ]
    reason = forms.ChoiceField(
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one, or just close this page.")},
    )
    words = Words(label=_("In your words"), longest=1_000, required=False)


@dataclass(frozen=True)
class Box:
    """A sign-up box, as its template shows it. `notice` is a line above its fields."""

    form: SignupForm
    name: str
    wording: Wording
    notice: Said = ""

    @classmethod
    def empty(
        cls,
        name: str,
        *,
        page: str,
        site: Site | None = None,
        campaign: str = "",
        book: Book | None = None,
    ) -> Box:
        """`name` tells the boxes of a page apart: it begins their ids, and is kept with
        each sign-up."""
        wording = Wording.current(site)
        slug = book.slug if book else ""
        return cls.worded(name, wording, page=page, campaign=campaign, book=slug)

    @classmethod
    def worded(cls, name: str, wording: Wording, *, page: str, campaign: str, book: str) -> Box:
        """Asks no database. `book` is its slug."""
        known = {"page": page, "form": name, "seal": wording.seal, "campaign": campaign}
        known["book"] = book
        form = SignupForm(initial=known, auto_id=f"{prefix(name)}-%s")
        return cls(form, name, wording)

    @classmethod
    def filled(cls, form: SignupForm, notice: Said = "") -> Box:
        """The box that was sent, with everything typed. Asks no database."""
        name = form["form"].value() or ""
        wording = Wording.of_seal(form["seal"].value() or "") or Wording()
        return cls(form, str(name), wording, notice)

    @property
    def title_id(self) -> str:
        return f"{prefix(self.name)}-title"


def prefix(name: str) -> str:
    return f"signup-{slugify(name)[:LONGEST_FORM_NAME] or 'box'}"
