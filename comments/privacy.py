"""What happens to what a reader sends, as the form says it: made from what is switched on,
so that nobody has to remember to rewrite it.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

ALWAYS: Final = _(
    "Everybody sees your name, your words, and your website if you give one. Your e-mail "
    "address is never shown; we write to it when you have been answered."
)
GOOGLE: Final = _(
    "Google’s reCAPTCHA looks at your browser while you use this form, and learns your "
    "network address."
)


def lines() -> list[str]:
    return [str(ALWAYS), *_akismet(), *([str(GOOGLE)] if settings.RECAPTCHA_ON else []), *_mail()]


def _akismet() -> list[str]:
    if not settings.AKISMET_KEY:
        return []
    if settings.AKISMET_SENDS_EMAIL:
        return [
            gettext(
                "To keep out spam, your comment, name, e-mail address, website, network address "
                "and the name of your browser are sent to Akismet (Automattic Inc., USA)."
            )
        ]
    return [
        gettext(
            "To keep out spam, your comment, name, website, network address and the name of your "
            "browser are sent to Akismet (Automattic Inc., USA)."
        )
    ]


def _mail() -> list[str]:
    """Where somebody else's service carries our mails."""
    path = settings.EMAIL_BACKEND.split(".")
    if not settings.MAIL_LEAVES or path[0] != "anymail":
        return []
    return [gettext("Mails to you are carried by {company}.").format(company=path[2].capitalize())]
