"""Every page of a running site, as readers get it: whatever links lead to, from the home page
and the sitemap on, and what only a form, a mail or a mishap brings.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter, deque
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Final

from .common import ROOT

LINK: Final = re.compile(r'<a\s[^>]*?href="([^"#]*)|<link\s[^>]*?href="([^"]*)"|<loc>([^<]*)</loc>')
ACTION: Final = re.compile(r'action="(/comments/on/\d+/|/feedback/\d+/)"')
STARTS: Final = (
    "/",
    "/sitemap.xml",
    "/newsletter/check-your-inbox/",
    "/newsletter/confirm/no-such-link/",
    "/newsletter/preferences/",
    "/newsletter/preferences/asked/",
    "/newsletter/books/back-pain-steadily/",
    "/preview/no-such-link/",
    "/search/?q=back",
    "/search/?q=siatica",
    "/search/?q=xylophone",
    "/search/?q=the",
    "/no-such-page/",
    "/comments/feed/",
    "/comments/feed/rss/",
)
# There are many of each, made by the same template.
FEW: Final = re.compile(r"/comments/(?=\d)|/tags/")
MOST_ALIKE: Final = 6
ELSEWHERE: Final = ("/admin/", "/static/", "/media/")
WRITER: Final = {"name": "Anna", "email": "anna@example.org", "website": ""}


@dataclass(frozen=True)
class Answer:
    """`name` is its address, or what it is where it has none of its own."""

    name: str
    status: int
    type: str
    text: str

    @property
    def is_html(self) -> bool:
        return self.type.startswith("text/html")


def gather(address: str, data: Path) -> list[Answer]:
    found = _follow(address)
    return [*found, *_sent(address, found), *_made(data)]


def _follow(address: str) -> list[Answer]:
    """Breadth first; an answer that is another address's counts once."""
    waiting, seen, found = deque(STARTS), set(STARTS), []
    alike: Counter[str] = Counter()
    while waiting:
        path = waiting.popleft()
        answer = ask(address, path)
        found.append(answer)
        if answer.status != 200:
            continue
        for parts in LINK.findall(answer.text):
            link = urllib.parse.urljoin(address + path, unescape("".join(parts)))
            here = link.removeprefix(address).partition("#")[0]
            if here == link or here in seen or here.startswith(ELSEWHERE):
                continue
            seen.add(here)
            if found_few := FEW.match(here):
                alike[found_few[0]] += 1
                if alike[found_few[0]] > MOST_ALIKE:
                    continue
            waiting.append(here or "/")
    return found


def _sent(address: str, found: list[Answer]) -> list[Answer]:
    """The pages that answer what somebody sends in a form."""
    actions = {action for answer in found for action in ACTION.findall(answer.text)}
    comment = min(action for action in actions if "comments" in action)
    feedback = min(action for action in actions if "feedback" in action)
    replies = [answer.name for answer in found if answer.name.endswith("/reply/")]
    parent = re.sub(r"\D", "", min(replies, default=""))
    forms = [
        ("a comment held", comment, {**WRITER, "text": "Does walking help?"}),
        ("a comment without words", comment, {**WRITER, "text": "", "email": "nobody"}),
        ("a reply without words", comment, {**WRITER, "text": "", "parent": parent}),
        ("a comment on nothing", "/comments/on/999999/", {**WRITER, "text": "Words."}),
        ("signed up", "/newsletter/", {"email": "anna@example.org", "form": "home", "page": "/"}),
        ("signed up wrongly", "/newsletter/", {"email": "anna", "form": "home", "page": "/"}),
        ("helpful", feedback, {"kind": "helpful"}),
        ("a mistake without words", feedback, {"kind": "mistake", "text": ""}),
    ]
    return [ask(address, path, fields, name) for name, path, fields in forms]


def _made(data: Path) -> list[Answer]:
    """By the site's own code: links out of mails, previews, and pages of an outage."""
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment["BACKSITE_DATA"] = str(data)
    words = "from bench.unlinked import say; say()"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return [Answer(*row) for row in json.loads(done.stdout.splitlines()[-1])]


def ask(address: str, path: str, fields: dict[str, str] | None = None, name: str = "") -> Answer:
    """One answer, after the redirects that lead to it."""
    body = None if fields is None else urllib.parse.urlencode(fields).encode()
    headers = {"User-Agent": "Mozilla/5.0 (bench)", "Origin": address} if body else {}
    request = urllib.request.Request(address + path, data=body, headers=headers)
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        kind = answer.headers.get("Content-Type", "")
        raw = answer.read()
    textual = kind.startswith("text/") or "xml" in kind
    return Answer(name or path, answer.status, kind, raw.decode() if textual else "")
