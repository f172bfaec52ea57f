"""The pages that the law or decency asks of such a site, as texts to begin with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from backsite.lib.records import Actor

from .models import Article, Revision

FOLDER: Final = Path(__file__).parent / "legal_pages"
# The comment form and the sign-up box link to the first.
SLUGS: Final = ("privacy", "imprint", "medical-notice")
ENGLISH: Final = "en"
_GAP: Final = re.compile(r"(<h2>[^<]*</h2>\s*)?<p>\[.*?\]</p>\s*")


def text_of(slug: str) -> tuple[str, str]:
    """(title, HTML) in the language of the site; in English where there is none in it. The first
    line of the file is the title."""
    language = settings.LANGUAGE_CODE.partition("-")[0]
    path = FOLDER / language / f"{slug}.html"
    if not path.exists():
        path = FOLDER / ENGLISH / f"{slug}.html"
    title, _, body = path.read_text(encoding="utf-8").partition("\n")
    return title, body.strip()


def without_gaps(body: str) -> str:
    """Without what only the operator knows: paragraphs in brackets, and headings over them."""
    return _GAP.sub("", body).strip()


def lacking() -> list[str]:
    """Titles of those that are not there, draft or published."""
    there = set(Article.objects.filter(slug__in=SLUGS).values_list("slug", flat=True))
    return [text_of(slug)[0] for slug in SLUGS if slug not in there]


@transaction.atomic
def begin(*, by: Actor) -> list[Article]:
    """Drafts of those that are not there. A page that is there is never touched, so a second
    press makes nothing."""
    made = []
    for slug in SLUGS:
        title, body = text_of(slug)
        article, is_new = Article.objects.get_or_create(
            slug=slug,
            defaults={"title": title, "kind": Article.Kind.PAGE, "body": body},
        )
        if is_new:
            article.render()
            article.save()
            made.append(article)
    keys = [article.pk for article in made]
    Revision.objects.keep_first_of(Article.objects.filter(pk__in=keys), by=by, why="to begin with")
    return made
