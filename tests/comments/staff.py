"""Staff at the page of one comment, as their browser sends it."""

from __future__ import annotations

import re
from html import unescape

from django.test import Client

from comments.models import Comment
from tests.factories import make_article, make_comment

LIST = "/admin/comments/comment/"
TEXT = "Start slowly, and add a little every few days."


def held(**fields: object) -> Comment:
    return make_comment(make_article(), approved=False, name="Hanna", **fields)


def form_of(client: Client, comment: Comment, query: str = "") -> dict[str, str]:
    """The fields of the page as a browser would send them, without a button."""
    return fields_in(client.get(comment.get_admin_url() + query).content.decode())


def fields_in(page: str) -> dict[str, str]:
    inputs = re.findall(r'<input type="hidden" name="(key|seen|leave_text|aware)"([^>]*)>', page)
    values = {name: re.search(r'value="([^"]*)"', rest) for name, rest in inputs}
    return {name: found[1] if found else "" for name, found in values.items()}


def press(
    client: Client, comment: Comment, do: str, text: str = "", query: str = "", **fields: str
) -> str:
    """Opens the page, types, presses a button; the page that follows."""
    why = {"reason": "thanks"} if do == "close" else {}
    sent = {**form_of(client, comment, query), "do": do, "text": text, **why, **fields}
    page = client.post(comment.get_admin_url() + query, sent, follow=True)
    return unescape(page.content.decode())


def verbs(comment: Comment) -> list[tuple[str, str]]:
    return [(event.verb, event.actor) for event in comment.events.all()]
