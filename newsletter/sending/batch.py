"""Many letters in one request, where a provider fills in each reader's words itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from .mould import Place, filled, places_in, split, word

if TYPE_CHECKING:
    from .casting import Cast
    from .clerk import Letter

# What the provider sets by itself, from what it is told.
ITS_OWN: Final = frozenset(
    ["from", "to", "subject", "date", "mime-version", "content-type", "dkim-signature"]
)
# Fewer than any of them takes. Of each connection so many letters at most are in doubt.
MOST: Final = 100


class Way(NamedTuple):
    """How a provider writes a place in a text, and what it would take for the begin of one."""

    place: str
    begins: str

    def write(self, name: str) -> str:
        return self.place.replace("NAME", name)


# Of those that anymail knows, the ones that fill in texts which are not stored with them first.
WAYS: Final = {
    "mailgun": Way("%recipient.NAME%", "%recipient"),
    "sparkpost": Way("{{{NAME}}}", "{{"),
}


def way_of(cast: Cast) -> Way | None:
    """None where the provider has no such way, or a letter's own words look like its places."""
    way = WAYS.get(settings.EMAIL_BACKEND.split(".")[-2])
    own = f"{cast.subject}{cast.text}{cast.html}"
    return None if way is None or way.begins in own else way


def message(cast: Cast, letters: Sequence[Letter], way: Way) -> Any:
    """One message to all of them; each gets a letter of its own and sees no other address."""
    names: dict[Place, str] = {}
    subject = _template(cast.subject, way, names)
    text = _template(cast.text, way, names)
    html = _template(cast.html, way, names, as_html=True)
    own = {name: value for name, value in cast.headers if name.lower() not in ITS_OWN}
    shared = {name: value for name, value in own.items() if not places_in(value)}
    mail: Any = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=dict(cast.headers)["From"],
        to=[letter.to for letter in letters],
        headers={name: " ".join(value.split()) for name, value in shared.items()},
    )
    mail.attach_alternative(html, "text/html")
    mail.merge_data, mail.merge_headers, mail.merge_metadata = {}, {}, {}
    for letter in letters:
        mail.merge_data[letter.to] = {
            name: word(place, letter.values).replace(way.begins, "")
            for place, name in names.items()
        }
        theirs = {
            name: " ".join(filled(value, letter.values).split())
            for name, value in own.items()
            if name not in shared
        }
        mail.merge_headers[letter.to] = theirs
        mail.merge_metadata[letter.to] = {"letter": theirs["Message-ID"]}
    return mail


def _template(text: str, way: Way, names: dict[Place, str], *, as_html: bool = False) -> str:
    """The text with its places as the provider writes them; each gets a name."""
    return "".join(
        way.write(names.setdefault(piece, f"word{len(names)}"))
        if isinstance(piece, Place)
        else piece
        for piece in split(text, as_html=as_html)
    )
