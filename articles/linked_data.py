"""What pages are in schema.org's words (JSON-LD 1.1), as search engines read them.

The properties are those that Google's documentation requires or recommends for Article,
BreadcrumbList, ProfilePage, Organization and WebSite, as far as the site knows them.
"""

from __future__ import annotations

import json
from typing import Any, Final

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from backsite.lib.web import site_link

from .models import Article, Author, Reference, Site, credentials_line
from .rendering import words_in

Node = dict[str, Any]

# Inside a script element only "<" could end it; the others keep older readers safe as well.
ESCAPES: Final = [(letter, f"\\u{ord(letter):04x}") for letter in "<>&\u2028\u2029"]


def script(nodes: list[Node]) -> SafeString:
    """A data block (HTML 4.12.1): browsers run nothing of it, so no script policy applies."""
    if not nodes:
        return mark_safe("")
    return block(written(nodes[0] if len(nodes) == 1 else {"@graph": nodes}))


def block(text: str) -> SafeString:
    """`text` is a node as `written` gives it."""
    whole = f'{{"@context": "https://schema.org", {text[1:]}'
    # Nothing in the text can end the element.
    return mark_safe(f'<script type="application/ld+json">{whole}</script>')  # noqa: S308


def written(node: Node) -> str:
    """As JSON that may stand in a script element."""
    text = json.dumps(node, ensure_ascii=False)
    for letter, harmless in ESCAPES:
        text = text.replace(letter, harmless)
    return text


def of_article(article: Article, site: Site, description: str, picture: str) -> list[Node]:
    if article.is_page:
        return [trail([(article.title, article.get_absolute_url())])]
    steps = [(article.title, article.get_absolute_url())]
    if article.topic:
        above = [(topic.name, topic.get_absolute_url()) for topic in article.topic.path]
        steps = above + steps
    node = identity(article) | {
        "description": description,
        "image": [picture] if picture else None,
        "dateModified": (article.updated_at or article.published_at),
        "mainEntityOfPage": _page(article, site),
        "publisher": organization(site),
        "isPartOf": {"@id": _home("website")},
        "articleSection": article.topic.name if article.topic else None,
        "keywords": [tag.name for tag in article.tags.all()],
        "wordCount": words_in(article.search_text),
        "inLanguage": settings.LANGUAGE_CODE,
        "citation": [_citation(reference) for reference in article.cited()],
    }
    return [_said(node), trail(steps)]


def identity(article: Article) -> Node:
    """What names an article wherever something is said of it: the comments under it say
    theirs in a block of their own, of the same `@id`."""
    address = site_link(article.get_absolute_url())
    return _said(
        {
            "@type": "Article",
            "@id": f"{address}#article",
            "headline": article.title,
            "url": address,
            "datePublished": article.published_at,
            "author": [person(byline.author) for byline in article.bylines.all()]
            or {"@id": _home("organization")},
        }
    )


def person(author: Author) -> Node:
    address = site_link(author.get_absolute_url())
    return _said(
        {
            "@type": "Person",
            "@id": f"{address}#person",
            "name": author.name,
            "url": address,
            "jobTitle": credentials_line(author),
        }
    )


def profile(author: Author, photo: str, articles: int) -> Node:
    """`articles`: how many the person has written here."""
    written = {
        "@type": "InteractionCounter",
        "interactionType": "https://schema.org/WriteAction",
        "userInteractionCount": articles,
    }
    about = {
        "identifier": str(author.pk),
        "agentInteractionStatistic": written if articles else None,
        "description": author.biography,
        "image": photo,
        "sameAs": [*filter(None, [author.website]), *(link.address for link in author.links.all())],
    }
    return {"@type": "ProfilePage", "mainEntity": person(author) | _said(about)}


def organization(site: Site, logo: str = "") -> Node:
    return _said(
        {
            "@type": "Organization",
            "@id": _home("organization"),
            "name": site.name,
            "url": site_link(reverse("articles:home")),
            "logo": logo,
        }
    )


def website(site: Site) -> Node:
    return _said(
        {
            "@type": "WebSite",
            "@id": _home("website"),
            "name": site.name,
            "url": site_link(reverse("articles:home")),
            "description": site.description,
            "publisher": {"@id": _home("organization")},
            "inLanguage": settings.LANGUAGE_CODE,
            "potentialAction": _search(),
        }
    )


def trail(steps: list[tuple[str, str]]) -> Node:
    """The way from the home page: (name, path) of each step after it."""
    whole = [(gettext("Home"), reverse("articles:home")), *steps]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": site_link(path)}
            for place, (name, path) in enumerate(whole, start=1)
        ],
    }


def _page(article: Article, site: Site) -> Node:
    """The page that the article stands on: that is what is reviewed, and medical or not."""
    address = site_link(article.get_absolute_url())
    medical = site.subject == Site.Subject.MEDICAL
    page: Node = {"@type": "MedicalWebPage" if medical else "WebPage", "@id": address}
    if review := article.true_review:
        page["reviewedBy"] = person(review.reviewer)
        page["lastReviewed"] = review.date.isoformat()
    return page


def _citation(reference: Reference) -> Node:
    return _said(
        {
            "@type": "ScholarlyArticle" if reference.doi else "CreativeWork",
            "name": reference.title,
            "author": reference.authors,
            "datePublished": str(reference.year or ""),
            "publisher": reference.source,
            "url": reference.link,
        }
    )


def _search() -> Node | None:
    try:
        address = site_link(reverse("articles:search"))
    except NoReverseMatch:
        return None
    return {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": address + "?q={search_term_string}"},
        "query-input": "required name=search_term_string",
    }


def _home(part: str) -> str:
    return f"{site_link(reverse('articles:home'))}#{part}"


def _said(node: Node) -> Node:
    """Without what is not known: an empty property is an error to those who read this."""
    known = {key: value for key, value in node.items() if value not in (None, "", [], 0)}
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in known.items()
    }
