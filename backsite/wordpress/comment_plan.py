"""What is to become of the comments of one item."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from backsite.wordpress.dates import when
from backsite.wordpress.export import Item, Remark
from backsite.wordpress.markup import plain
from backsite.wordpress.report import Report
from backsite.wordpress.threads import Placed, place

STATES: Final = {
    "1": "approved",
    "approved": "approved",
    "0": "held",
    "hold": "held",
    "spam": "spam",
    "trash": "trash",
    "post-trashed": "trash",
}
PINGBACKS: Final = frozenset({"pingback", "trackback"})
# The columns' own limits (comments.models.Comment).
LONGEST_NAME: Final = 80
LONGEST_EMAIL: Final = 254
LONGEST_WEBSITE: Final = 300
NAMELESS: Final = "Anonymous"
EMAIL: Final = re.compile(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[^@\s<>\"',;]+\Z")
WEBSITE: Final = re.compile(r"https?://[^\s<>\"']+\Z", re.IGNORECASE)
# A tag or an entity: then the words are HTML, as WordPress lets its readers write it.
MARKED_UP: Final = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:#\w{1,8}|\w{1,32});")


@dataclass(slots=True)
class CommentPlan:
    """`parent` is the key of another comment, always one that comes earlier by `depth`;
    `note` holds what was typed and finds no place in our columns."""

    key: str
    parent: str
    depth: int
    user: int
    name: str
    email: str
    website: str
    text: str
    is_html: bool
    state: str
    pingback: bool
    moment: datetime
    note: str = ""


def plan_comments(item: Item, item_key: str, report: Report, now: datetime) -> list[CommentPlan]:
    placed = place(item.remarks)
    keys = _keys(placed, item_key)
    plans = []
    for one, key in zip(placed, keys, strict=True):
        if not key:
            report.skip(
                f"comment {one.remark.number} on {item.called}",
                "The file holds it twice, word for word; it was taken in once.",
            )
            continue
        if one.mended:
            report.mend(one.mended, f"comment {one.remark.number} on {item.called}")
        parent = "" if one.parent is None else keys[one.parent]
        plans.append(_plan(one, item, key=key, parent=parent, report=report, now=now))
    return plans


def _keys(placed: list[Placed], item_key: str) -> list[str]:
    """A key for each; empty for one that is there word for word already."""
    base = item_key.replace(":post:", ":comment:", 1)
    words: dict[str, set[str]] = {}
    keys = []
    for one in placed:
        remark = one.remark
        digest = hashlib.sha256(
            f"{remark.author}\0{remark.date}\0{remark.date_gmt}\0{remark.content}".encode()
        ).hexdigest()[:16]
        name = str(remark.number) if remark.number else digest
        seen = words.setdefault(name, set())
        if digest in seen:
            keys.append("")
            continue
        # WordPress's numbers are unique; two exports pasted into one are not.
        keys.append(f"{base}:{name}" if not seen else f"{base}:{name}:{digest}")
        seen.add(digest)
    return keys


def _plan(
    one: Placed, item: Item, *, key: str, parent: str, report: Report, now: datetime
) -> CommentPlan:
    remark = one.remark
    plan = CommentPlan(
        key=key,
        parent=parent,
        depth=one.depth,
        user=remark.user,
        name=_name(remark, report),
        email=_fitting(remark.email, EMAIL, LONGEST_EMAIL, "e-mail address", report),
        website=_website(remark.url, report),
        text=remark.content,
        is_html=bool(MARKED_UP.search(remark.content)),
        state=_state(remark, item, report),
        pingback=remark.kind in PINGBACKS,
        moment=_moment(remark, item, report, now),
    )
    unplaced = {
        "name": remark.author if plan.name.endswith("…") else "",
        "e-mail": "" if plan.email else remark.email,
        "website": "" if plan.website else remark.url,
    }
    plan.note = "; ".join(f"{what} as typed: {text}" for what, text in unplaced.items() if text)
    return plan


def _state(remark: Remark, item: Item, report: Report) -> str:
    state = STATES.get(remark.approved)
    if state is None:
        report.mend(
            "State of a comment that is not known here; held for moderation",
            f"“{remark.approved}” of comment {remark.number} on {item.called}",
        )
    return state or "held"


def _name(remark: Remark, report: Report) -> str:
    name = plain(remark.author)
    if len(name) > LONGEST_NAME:
        report.mend(f"Name of a commenter cut at {LONGEST_NAME} characters", f"“{name}”")
        return name[: LONGEST_NAME - 1] + "…"
    return name or NAMELESS


def _website(url: str, report: Report) -> str:
    if not url or url.lower() in ("http://", "https://"):
        return ""
    if "://" not in url and re.match(r"[\w-]+(\.[\w-]+)+(/|$)", url):
        url = f"http://{url}"
    return _fitting(url, WEBSITE, LONGEST_WEBSITE, "website", report)


def _fitting(text: str, form: re.Pattern[str], longest: int, what: str, report: Report) -> str:
    """The text when it is what it should be; otherwise nothing, and a note keeps it."""
    if not text or (form.match(text) and len(text) <= longest):
        return text
    report.mend(f"A commenter's {what} that is none was left out", f"“{text[:100]}”")
    return ""


def _moment(remark: Remark, item: Item, report: Report, now: datetime) -> datetime:
    moment, nonsense = when(remark.date_gmt, remark.date)
    if nonsense or moment is None:
        report.mend(
            "No date of a comment that could be read; another was taken",
            f"comment {remark.number} on {item.called}",
        )
    fallback, _ = when(item.date_gmt, item.date, item.published)
    return min(moment or fallback or now, now)
