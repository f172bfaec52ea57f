from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext

from .found import SiteFound
from .look import SiteLook


def weekly_letter() -> str:
    return gettext("The weekly letter")


def promise() -> str:
    return gettext("One letter a week. Leave with one button, whenever you like.")


class Site(SiteLook, SiteFound):
    """Who the site is, in words that staff change without code. There is one row."""

    ONLY = 1

    name = models.CharField(max_length=80, default="Backsite")
    tagline = models.CharField(
        max_length=160, blank=True, help_text="One line under the name, on the home page."
    )
    description = models.TextField(
        blank=True, help_text="Two sentences for search engines and for the foot of each page."
    )
    newsletter_title = models.CharField(max_length=120, default=weekly_letter)
    newsletter_pitch = models.TextField(
        blank=True,
        default=promise,
        help_text="The promise beside every sign-up box. It is kept as part of each consent.",
    )
    notice = models.CharField(
        max_length=300,
        blank=True,
        help_text="A line at the top of every page, e.g. that this is a demonstration.",
    )
    postal_address = models.TextField(
        blank=True, help_text="At the foot of each newsletter; the law in most places asks for it."
    )

    class Meta:
        verbose_name = "site identity"
        verbose_name_plural = "site identity"
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="site_is_one_row"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = self.ONLY
        super().save(*args, **kwargs)

    @classmethod
    def current(cls) -> Site:
        """The site's identity; the defaults where nobody has written one yet."""
        return (
            cls.objects.filter(pk=cls.ONLY).select_related("logo", "share_picture").first() or cls()
        )
