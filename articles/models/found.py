"""What staff may say otherwise than a page says of itself, for search engines and shares."""

from __future__ import annotations

from typing import Final, TypeVar

from django.db import models

from .picture_key import PictureKey

Row = TypeVar("Row", bound=models.Model)

# What search results show before they cut (measured in pixels there: about so many letters).
SHOWN_OF_TITLE: Final = 60
SHOWN_OF_DESCRIPTION: Final = 155


class Findable(models.Model):
    """Each field stands above what `articles.meta` would make by itself; empty leaves it."""

    seo_title = models.CharField(
        "title for search engines",
        max_length=120,
        blank=True,
        help_text=f"Instead of the title and the site's name. About {SHOWN_OF_TITLE} letters show.",
    )
    seo_description = models.CharField(
        "description for search engines",
        max_length=320,
        blank=True,
        help_text=f"Instead of the standfirst. About {SHOWN_OF_DESCRIPTION} letters show.",
    )
    canonical_address = models.URLField(
        max_length=500,
        blank=True,
        help_text="Only where the same text first stood elsewhere: the address of that original.",
    )
    share_picture = PictureKey(
        related_name="+", help_text="Shown where somebody shares the page; best 1200 × 630."
    )
    noindex = models.BooleanField(
        "keep out of search engines",
        default=False,
        help_text="Readers still reach it by its address; it leaves the sitemap.",
    )

    class Meta:
        abstract = True


class SiteFound(models.Model):
    """How the whole site presents itself to feed readers and search engines."""

    class FeedText(models.TextChoices):
        FULL = "full", "the whole article"
        STANDFIRST = "standfirst", "the standfirst only"

    class Subject(models.TextChoices):
        ARTICLE = "Article", "general articles"
        MEDICAL = "MedicalWebPage", "medical articles"

    feed_text = models.CharField(
        "feeds carry",
        max_length=10,
        choices=FeedText,
        default=FeedText.STANDFIRST,
        help_text="What feed readers get of each article.",
    )
    subject = models.CharField(
        "articles are",
        max_length=20,
        choices=Subject,
        default=Subject.ARTICLE,
        help_text="How search engines are told to understand them.",
    )
    logo = PictureKey(
        related_name="+",
        help_text="For search engines: square, at least 112 × 112, readable on white.",
    )
    share_picture = PictureKey(
        related_name="+",
        help_text="Where a shared page has no picture of its own; best 1200 × 630.",
    )

    class Meta:
        abstract = True


def indexable(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """Those that search engines are to list at our address."""
    return rows.filter(noindex=False, canonical_address="")
