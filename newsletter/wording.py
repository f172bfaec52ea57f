"""The words to which people consent. They are kept with each consent as they were shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Final

from django.core import signing
from django.utils.translation import gettext_lazy as _

from articles.models import Site

# One mail, one question, no small print: what the box promises is what the site does.
PROMISE: Final = _(
    "We send you one mail first and ask you to confirm. Your address is for this letter "
    "only; we never sell or share it. Every letter has a link to leave."
)
BUTTON: Final = _("Sign me up!")
CONFIRM_BUTTON: Final = _("Yes, send me the letter")
LEAVE_BUTTON: Final = _("Take me off the list")
LEAVE_WORDS: Final = _("You get no more letters from us, from this moment on.")
ONE_CLICK_WORDS: Final = _("(one click in the mail program, RFC 8058)")
PAUSE_WORDS: Final = _("No letters for a month; then they come again by themselves.")
RESUME_WORDS: Final = _("Letters again from now on.")
MOVE_WORDS: Final = _(
    "We write to the new address and to this one. Letters go there once you confirm."
)
NEWS_WORDS: Final = _("Tell me when a newer edition of this book is out.")
NO_NEWS_WORDS: Final = _("Do not tell me of newer editions any more.")
STOP_COURSE_WORDS: Final = _("Nothing more of this series; the letters go on.")
ACCEPT_BUTTON: Final = _("Yes, let the letters come here")
REFUSE_BUTTON: Final = _("No, do not")
AGREE_BUTTON: Final = _("Yes, change my address")
STAY_BUTTON: Final = _("Leave everything as it was")

_SALT: Final = "newsletter.wording"


def leave_words() -> str:
    return f"{LEAVE_WORDS}\n[{LEAVE_BUTTON}]"


@dataclass(frozen=True)
class Wording:
    """What a sign-up box says. `str()` of it is the text kept as evidence."""

    title: str = field(default_factory=lambda: str(_("The newsletter")))
    pitch: str = ""
    promise: str = field(default_factory=lambda: str(PROMISE))
    button: str = field(default_factory=lambda: str(BUTTON))

    @classmethod
    def current(cls, site: Site | None = None) -> Wording:
        """The words of now; `site` where the caller has read it already."""
        site = site or Site.current()
        return cls(title=site.newsletter_title, pitch=site.newsletter_pitch)

    @classmethod
    def of_seal(cls, seal: str) -> Wording | None:
        """The words of a box that this site made, perhaps before staff changed them; None
        for a seal that was tampered with, or left out. Asks no database."""
        try:
            return cls(**signing.Signer(salt=_SALT).unsign_object(seal))
        except (signing.BadSignature, ValueError, TypeError):
            return None

    @property
    def seal(self) -> str:
        """Goes along with the form, so that the consent names the words which this very
        page showed. Without a time stamp: the same box is the same bytes for everyone."""
        return signing.Signer(salt=_SALT).sign_object(asdict(self), compress=True)

    @property
    def confirm_words(self) -> str:
        return f"{self.title}\n{self.pitch}\n[{CONFIRM_BUTTON}]"

    def __str__(self) -> str:
        return f"{self.title}\n{self.pitch}\n{self.promise}\n[{self.button}]"
