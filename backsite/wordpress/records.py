"""One XML element of an export to one record.

WordPress's namespaces carry the version (`…/export/1.0/` to `1.2/`) and both http and https;
an element is known by the namespace it is really in, never by its prefix.
"""

from __future__ import annotations

import re
from functools import cache

from lxml import etree

from backsite.wordpress.export import Head, Item, Person, Remark, Term

NAMESPACES = (
    (re.compile(r"https?://wordpress\.org/export/\d+(\.\d+)?/?$"), "wp:"),
    (re.compile(r"https?://wordpress\.org/export/\d+(\.\d+)?/excerpt/?$"), "excerpt:"),
    (re.compile(r"http://purl\.org/rss/1\.0/modules/content/?$"), "content:"),
    (re.compile(r"http://purl\.org/dc/elements/1\.1/?$"), "dc:"),
)
WHOLE_NUMBER = re.compile(r"\s*(\d{1,18})\s*$")
NUMBER_IN_ADDRESS = re.compile(r"[?&](?:p|page_id|attachment_id)=(\d{1,18})\b")
HOST = re.compile(r"https?://[^/?#\s]+", re.IGNORECASE)
# WXR 1.0 calls a tag "tag", later versions "post_tag".
KINDS_OF_TERM = {"category": "category", "tag": "tag", "post_tag": "tag"}

HEADINGS = {
    "link": "link",
    "wp:wxr_version": "version",
    "wp:base_site_url": "site",
    "wp:base_blog_url": "blog",
}

Fields = dict[str, str]


def name(element: etree._Element) -> str:
    """`wp:post_id` and the like, whichever prefix and version the file uses; empty for an
    element that is in no namespace of WordPress's."""
    return _name(str(element.tag))


@cache
def _name(tag: str) -> str:
    if not tag.startswith("{"):
        return tag
    space, _, local = tag[1:].partition("}")
    for pattern, prefix in NAMESPACES:
        if pattern.match(space):
            return prefix + local
    return ""


def into_head(head: Head, element: etree._Element) -> None:
    """Takes one child of the channel."""
    called = name(element)
    if called in HEADINGS:
        setattr(head, HEADINGS[called], _text(element).strip())
        return
    match called:
        case "wp:author" | "wp:wp_author":
            head.add_person(_person(_fields(element)))
        case "wp:category":
            head.add_term(_channel_term(_fields(element), "category", "category_nicename"))
        case "wp:tag":
            head.add_term(_channel_term(_fields(element), "tag", "tag_slug"))
        case "wp:term":
            fields = _fields(element)
            kind = KINDS_OF_TERM.get(fields.get("wp:term_taxonomy", ""), "")
            if kind:
                head.add_term(_channel_term(fields, kind, "term_slug"))


def complete(head: Head, item: Item) -> None:
    """Adds what only the items name: authors in WXR 1.0, terms in partial exports."""
    if not head.link and (found := HOST.match(item.link)):
        head.link = found.group()
    if item.kind in ("post", "page", "") and item.creator:
        head.add_person(Person(item.creator))
    for term in item.terms:
        head.add_term(term)


def item(element: etree._Element) -> Item:
    fields = _fields(element)
    number = _number(fields, "wp:post_id")
    notes = _notes(element)
    addresses = fields.get("guid", "") + " " + fields.get("link", "")
    if not number and (found := NUMBER_IN_ADDRESS.search(addresses)):
        number = int(found.group(1))
    return Item(
        number=number,
        kind=fields.get("wp:post_type", "").strip(),
        title=fields.get("title", "").strip(),
        link=fields.get("link", "").strip(),
        guid=fields.get("guid", "").strip(),
        slug=fields.get("wp:post_name", "").strip(),
        status=fields.get("wp:status", "").strip(),
        password=fields.get("wp:post_password", ""),
        creator=_login(fields.get("dc:creator", "")),
        content=fields.get("content:encoded", ""),
        excerpt=fields.get("excerpt:encoded", ""),
        published=fields.get("pubDate", "").strip(),
        date=fields.get("wp:post_date", "").strip(),
        date_gmt=fields.get("wp:post_date_gmt", "").strip(),
        modified_gmt=fields.get("wp:post_modified_gmt", "").strip(),
        parent=_number(fields, "wp:post_parent"),
        sticky=fields.get("wp:is_sticky", "").strip() == "1",
        comments_open=fields.get("wp:comment_status", "open").strip() == "open",
        terms=tuple(_item_terms(element)),
        file=fields.get("wp:attachment_url", "").strip(),
        order=_number(fields, "wp:menu_order"),
        alt=notes.get("_wp_attachment_image_alt", "").strip(),
        thumbnail=_number(notes, "_thumbnail_id"),
        remarks=tuple(_remark(_fields(child)) for child in element if name(child) == "wp:comment"),
    )


def _notes(element: etree._Element) -> Fields:
    """What `wp:postmeta` says of pictures; plugins keep whole pages in the rest."""
    found: Fields = {}
    for child in element:
        if name(child) == "wp:postmeta":
            fields = _fields(child)
            key = fields.get("wp:meta_key", "").strip()
            if key in ("_thumbnail_id", "_wp_attachment_image_alt"):
                found.setdefault(key, fields.get("wp:meta_value", ""))
    return found


def _item_terms(element: etree._Element) -> list[Term]:
    terms = []
    for child in element:
        kind = KINDS_OF_TERM.get(child.get("domain", "")) if child.tag == "category" else None
        called = _text(child).strip() if kind else ""
        slug = (child.get("nicename") or "").strip() if kind else ""
        # WXR 1.0 repeats each term without its slug; the repetition says nothing new.
        if kind and slug:
            terms.append(Term(kind, slug, called or slug))
    return terms


def _channel_term(fields: Fields, kind: str, slug_field: str) -> Term:
    slug = fields.get(f"wp:{slug_field}", "").strip()
    names = (fields.get(f"wp:{key}", "").strip() for key in ("cat_name", "tag_name", "term_name"))
    parents = (fields.get(f"wp:{key}", "").strip() for key in ("category_parent", "term_parent"))
    stories = (
        fields.get(f"wp:{key}", "").strip()
        for key in ("category_description", "tag_description", "term_description")
    )
    called = next(filter(None, names), slug)
    parent = next(filter(None, parents), "")
    return Term(kind, slug or called, called, parent, next(filter(None, stories), ""))


def _person(fields: Fields) -> Person:
    def plain(key: str) -> str:
        return fields.get(f"wp:author_{key}", "").strip()

    return Person(
        login=_login(plain("login")),
        number=_number(fields, "wp:author_id"),
        email=plain("email"),
        display_name=plain("display_name"),
        first_name=plain("first_name"),
        last_name=plain("last_name"),
    )


def _remark(fields: Fields) -> Remark:
    def plain(key: str) -> str:
        return fields.get(f"wp:comment_{key}", "").strip()

    return Remark(
        number=_number(fields, "wp:comment_id"),
        author=plain("author"),
        email=plain("author_email"),
        url=plain("author_url"),
        address=plain("author_IP"),
        date=plain("date"),
        date_gmt=plain("date_gmt"),
        content=plain("content"),
        approved=plain("approved"),
        kind=plain("type"),
        parent=_number(fields, "wp:comment_parent"),
        user=_number(fields, "wp:comment_user_id"),
    )


def _fields(element: etree._Element) -> Fields:
    """The first text under each name: an item has one of each, and a second is no truer."""
    fields: Fields = {}
    for child in element:
        key = name(child)
        if key and key not in fields and key not in ("wp:comment", "wp:postmeta"):
            fields[key] = _text(child)
    return fields


def _login(text: str) -> str:
    """Some exports carry a stray bracket around it ("admin>")."""
    return text.strip(" \t\r\n<>")


def _text(element: etree._Element) -> str:
    return "".join(str(piece) for piece in element.itertext())


def _number(fields: Fields, key: str) -> int:
    found = WHOLE_NUMBER.match(fields.get(key, ""))
    return int(found.group(1)) if found else 0
