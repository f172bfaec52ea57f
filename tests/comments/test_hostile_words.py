"""What people send to break pages: as name, as website, as text. Nothing of it runs, every
page and mail stays whole, and it is never an error of ours.

Some are written here; where ../shared/data/hostile is, all of that is sent too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import lxml.html
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from articles.models import Article
from backsite.lib import work
from backsite.lib.forms import web_address
from backsite.lib.mail.models import Message
from comments import emails
from comments.models import Comment, Discussion, Following, Judgement, Reader
from comments.models.comment import LONGEST_NAME, LONGEST_TEXT, LONGEST_WEBSITE
from comments.rendering import TAGS
from tests.comments.alerting import go_round
from tests.factories import make_article, make_comment, make_staff

SHARED: Final = Path(__file__).parents[3] / "shared" / "data" / "hostile"
HOSTILE: Final = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
    "https://example.org/\"onmouseover='alert(1)'",
    "https://example.org/?q=<script>alert(1)</script>",
    "*<svg onload=alert(1)>*",
    "> <iframe src=javascript:alert(1)>",
    "- </li></ol></section></main><h1 id=broken>",
    "{{ 7|add:7 }}{% debug %}",
    "</title></textarea></style><script>alert(1)</script>",
    "\u202eright to left\u202c \ufeff\u200b",
    "Zalgo Z̸͔̈́a̵͈̐l̷̞̓g̵̰̀o̶",
    "\ud83d\ude00 emoji 👩‍👩‍👧‍👦",
    "a@b.c <!-- --!> <![CDATA[ ]]>",
    "Subject: x\r\nBcc: victim@example.org\r\n\r\nbody",
    "nothing\x00at\x0b all\x1b[31m\ufffe",
]
THREADS_A_PAGE: Final = 500
# All of it is in the words of some mail; as a name, of which each takes a mail, a part is.
NAMES_APART: Final = 5
# Whatever markup would call first, were it to run; and what a page of ours never has.
TRAPS: Final = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"])
  window[name] = (...words) => { window.ran.push(name); };
console.log = (...words) => { window.ran.push("console"); };
"""
STRANGE: Final = """() => {
  const found = [];
  for (const one of document.querySelectorAll("#comments *")) {
    const tag = one.localName, data = one.type === "application/ld+json";
    if (["iframe", "object", "embed", "style", "link", "meta", "base", "svg", "math", "form",
         "input", "textarea", "video", "audio"].includes(tag) || (tag === "script" && !data)
        || (tag === "img" && !one.classList.contains("face"))) found.push(one.outerHTML);
    for (const {name, value} of one.attributes)
      if (/^on|^style$|^srcdoc$/.test(name)
          || (!name.startsWith("data-") && /^\\s*(javascript|data|vbscript):/i.test(value)))
        found.push(one.outerHTML);
    if (tag === "a" && !["http:", "https:"].includes(one.protocol)) found.push(one.outerHTML);
  }
  return found;
}"""
SHOWN: Final = """all => all.map(one => [
  one.id, one.querySelector(".name").textContent,
  [...one.querySelectorAll(".comment-text *")].map(part => part.localName),
])"""


@cache
def strings() -> list[str]:
    """Each once: many differ from others in a number alone (`alert(7)`, `\\x1F`)."""
    found = [*HOSTILE]
    if SHARED.exists():
        found += map(str, json.loads((SHARED / "blns.json").read_text()))
        found += [str(one["data"]) for one in json.loads((SHARED / "h5sc.json").read_text())]
        for file in sorted((SHARED / "xss").glob("*.txt")):
            found += file.read_text(errors="replace").split("\n")
    sent = [one.encode("utf-8", "replace").decode() for one in found]
    return list(
        {re.sub(r"\\x[0-9A-Fa-f]{2}|\d+", "0", one): one for one in reversed(sent)}.values()
    )


def filled(longest: int, words: Iterable[str], between: str = " ") -> Iterator[str]:
    """The strings one after the other, as many as the field takes."""
    text = ""
    for one in words:
        if text and len(text) + len(between) + len(one) > longest:
            yield text
            text = ""
        text = f"{text}{between}{one}" if text else one[:longest]
    yield text


def named_texts() -> Iterator[tuple[str, str]]:
    """As many as fit into a name; in the text these, and one that is too long for a name."""
    short = [one for one in strings() if len(one) <= LONGEST_NAME]
    long = [one for one in strings() if len(one) > LONGEST_NAME]
    assert len(long) < len(short) / 2, "there are names enough for all"
    for name, words in zip_longest(filled(LONGEST_NAME, short), long, fillvalue=""):
        yield name, f"{name}\n\n{words}"


def is_website(typed: str) -> bool:
    try:
        return bool(web_address(typed, LONGEST_WEBSITE))
    except ValidationError:
        return False


def send(client: Client, article: Article, **words: str) -> tuple[int, str]:
    sent = {"name": "Anna", "email": "anna@example.org", "website": "", "text": "Words", **words}
    answer = client.post(f"/comments/on/{article.pk}/", sent, headers={"X-Part": "1"})
    return answer.status_code, answer.content.decode()


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.django_db(transaction=True)
def test_nothing_that_is_sent_runs_or_breaks_the_page(page: Page) -> None:
    """Each as the name and the text of a comment, all of them on a few long pages."""
    client = Client(SERVER_NAME="localhost")
    Discussion(threads_a_page=THREADS_A_PAGE).save()
    article = make_article("Walking")
    for name, text in named_texts():
        status, _ = send(client, article, name=name, text=text)
        assert status in (201, 422), repr(text)
    for website in [*filter(is_website, strings()), *filter(is_website, HOSTILE)]:
        assert send(client, article, website=website, text=website)[0] == 201
    Comment.objects.update(state="approved", approved_at=timezone.now())
    names = {
        f"comment-{pk}": one_line(name) for pk, name in Comment.objects.values_list("pk", "name")
    }
    assert len(names) > 0.95 * len(list(named_texts())) - len(HOSTILE), "nearly all are kept"
    page.add_init_script(TRAPS)
    address: str | None = article.get_absolute_url()
    seen: dict[str, str] = {}
    while address:
        page.goto(address)
        for anchor, name, tags in page.locator("#threads article.comment").evaluate_all(SHOWN):
            seen[anchor] = one_line(name)
            assert set(tags) <= TAGS
        assert page.evaluate(STRANGE) == []
        assert page.evaluate("window.ran") == []
        expect(page.locator("#comment-form")).to_be_visible()
        expect(page.locator(".site-footer")).to_be_visible()
        more = page.locator("#more-comments a")
        address = more.get_attribute("href") if more.count() else None
    assert seen == names, "each stands there as it was kept, as words and nothing else"


@pytest.mark.django_db
def test_what_is_refused_comes_back_whole(client: Client) -> None:
    """A form with a mistake shows again what was typed, character for character."""
    article = make_article("Walking")
    refused = [one for one in strings() if one.strip() and not is_website(one)]
    for number, website in enumerate(filled(LONGEST_WEBSITE, refused)):
        name = website[:LONGEST_NAME]
        status, part = send(client, article, website=website, name=name, text=f"\n{website}")
        assert status == 422, repr(website)
        form: Any = lxml.html.fromstring(part.replace("\x00", "\ufffd"))
        fields = {
            "website": str(form.xpath("//input[@name='website']")[0].get("value", "")),
            "name": str(form.xpath("//input[@name='name']")[0].get("value", "")),
            "text": str(form.xpath("//textarea[@name='text']")[0].text or ""),
        }
        for field, sent in (("website", website), ("name", name), ("text", website)):
            assert legible(fields[field]) == legible(sent), (number, field)


def legible(text: str) -> str:
    """What a page can carry, spaces at the ends and line ends apart."""
    return re.sub(r"[^\S ]|[\x00-\x1f\x7f-\x9f\ufffd\ufffe\uffff]", "", text).strip()


@pytest.mark.django_db
def test_nothing_of_it_breaks_a_check_or_a_mail(client: Client) -> None:
    """All of it goes through the checks; to staff as something new; and to a reader as a
    reply, as a name in the subject and the greeting, and in the body."""
    make_staff("ada")
    article = make_article("Walking")
    texts = [text.replace("\x00", "") for text in filled(LONGEST_TEXT, strings(), "\n\n")]
    for text in texts:
        assert send(client, article, name=one_line(text)[:LONGEST_NAME], text=text)[0] == 201
    work.perform_due(Judgement)
    assert not Judgement.objects.exclude(due_at=None).exists()
    # Were none of it spam, staff would be told of all.
    Comment.objects.update(state="held", created_at=timezone.now() - timedelta(minutes=1))
    go_round()
    question = make_comment(article, email="reader@example.org")
    Reader.of(question.email).confirm()
    following = Following.begin(question)
    reply = make_comment(article, parent=question)
    shown = [tuple(one.replace("\x00", "") for one in pair) for pair in named_texts()]
    for number, (name, text) in enumerate(shown[::NAMES_APART], start=reply.pk):
        if one_line(name):
            reply.pk, reply.name, reply.text = number, one_line(name), text
            emails.tell_follower(following, reply)
    kinds = set()
    for message in Message.objects.all():
        kinds.add(message.template)
        wire = message.envelope().message()
        assert wire["To"] in ("reader@example.org", "ada@example.org")
        assert wire["Bcc"] is None
        elements = list(lxml.html.fromstring(message.html).iter())
        assert not {"script", "img", "iframe", "svg"} & {str(one.tag) for one in elements}
        attributes = {str(name) for one in elements for name in one.attrib}
        assert not [name for name in attributes if name.startswith("on")]
        links = [str(one.get("href", "http:")) for one in elements if one.tag == "a"]
        assert all(link.startswith("http") for link in links), links
    assert kinds == {"comments/mail/replied", "comments/mail/alert"}
