"""How the site looks and what it says of itself on every page, as staff choose it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models

from backsite.lib import colours

LIGHT: Final = "light"
DARK: Final = "dark"
OURS: Final = "#0b6b62"
WHITE: Final = "#ffffff"
NEARLY_BLACK: Final = "#08221f"
MOST_PROFILES: Final = 12
WASH: Final = 0.13

_is_colour = RegexValidator(r"^#[0-9a-f]{6}\Z", "Write a colour like #0b6b62.")
_is_address = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class Ground:
    """The surfaces that text in the site's colour stands on (static/css/site.css), by mode."""

    name: str
    surfaces: tuple[str, ...]
    away: str  # towards this a colour gains contrast

    def shades(self, accent: str) -> dict[str, str]:
        """All that site.css derives from the site's colour, by the name of its variable."""
        return {
            "accent": accent,
            "accent-ink": colours.better_on(accent, WHITE, NEARLY_BLACK),
            "accent-wash": colours.mixed(accent, self.surfaces[0], WASH),
        }

    def least_contrast(self, accent: str) -> float:
        """Of links on every surface, and of the words on a button."""
        shades = self.shades(accent)
        behind = (*self.surfaces, shades["accent-wash"], shades["accent-ink"])
        return min(colours.contrast(accent, surface) for surface in behind)

    def nearest(self, accent: str) -> str:
        """The first shade on the way to black or white that can be read."""
        for step in range(colours.STEPS + 1):
            shade = colours.mixed(self.away, accent, step / colours.STEPS)
            if self.least_contrast(shade) >= colours.READABLE:
                return shade
        return self.away


GROUNDS: Final = {
    LIGHT: Ground("light", ("#fbfaf6", "#ffffff", "#f1efe7"), "#000000"),
    DARK: Ground("dark", ("#121819", "#1a2223", "#20292a"), "#ffffff"),
}


class Profile(NamedTuple):
    label: str
    address: str


class SiteLook(models.Model):
    colour = models.CharField(
        max_length=7,
        blank=True,
        validators=[_is_colour],
        help_text="Links, buttons and the mark on light pages, e.g. #0b6b62. Empty: our green. "
        "One that could not be read is refused, with the nearest shade that can.",
    )
    dark_colour = models.CharField(
        max_length=7,
        blank=True,
        validators=[_is_colour],
        help_text="The same on dark pages, e.g. #67c9bc: a lighter one. Empty: our green.",
    )
    shows_logo = models.BooleanField(
        "logo in the head of each page",
        default=False,
        help_text="In place of the mark beside the name. It is shown small, so a simple square "
        "works best; the logo itself is chosen below, under “Search engines”.",
    )
    foot_note = models.TextField(
        "note at the foot",
        blank=True,
        help_text="The last words of every page. Empty: “General information, no substitute for "
        "advice from somebody who has examined you.”",
    )
    profiles = models.TextField(
        "pages elsewhere",
        blank=True,
        help_text="Shown at the foot, one a line, a name and an address: "
        "Mastodon https://example.social/@us",
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        wrong = {
            name: said
            for name, mode in (("colour", LIGHT), ("dark_colour", DARK))
            if (said := _unreadable(getattr(self, name), GROUNDS[mode]))
        }
        try:
            read_profiles(self.profiles)
        except ValidationError as error:
            wrong["profiles"] = error.messages[0]
        if wrong:
            raise ValidationError(wrong)

    @property
    def button_ink(self) -> str:
        """What is read on a button of the site's colour, on light ground."""
        return colours.better_on(self.colour or OURS, WHITE, NEARLY_BLACK)

    @property
    def profile_links(self) -> list[Profile]:
        """None where lines were written past the form and are no links: every page shows them."""
        try:
            return read_profiles(self.profiles)
        except ValidationError:
            return []


def _unreadable(colour: str, ground: Ground) -> str:
    """What is wrong with it, in words; empty for one that can be read."""
    if not colours.HEX.fullmatch(colour):
        return ""  # none, or none that is a colour, which its own validator says
    least = ground.least_contrast(colour)
    if least >= colours.READABLE:
        return ""
    return (
        f"On {ground.name} pages this has a contrast of {int(least * 10) / 10}:1, and text needs "
        f"{colours.READABLE}:1 to be read by everybody. The nearest shade that has it is "
        f"{ground.nearest(colour)}."
    )


def read_profiles(text: str) -> list[Profile]:
    """Raises ValidationError that quotes the line which is none."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        label, _, address = line.rpartition(" ")
        try:
            _is_address(address)
        except ValidationError:
            label = ""
        if not label.strip():
            raise ValidationError(
                f"“{line[:80]}” is not a name and an address, such as "
                "Mastodon https://example.social/@us"
            )
        found.append(Profile(label.strip(), address))
    if len(found) > MOST_PROFILES:
        raise ValidationError(f"At most {MOST_PROFILES} fit at the foot; these are {len(found)}.")
    return found
