"""What is to become of each item, decided from the file alone: the same file gives the same
plans on every run, whatever the tables hold.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from backsite.wordpress.comment_plan import CommentPlan, plan_comments
from backsite.wordpress.dates import when
from backsite.wordpress.export import Item
from backsite.wordpress.library import Library
from backsite.wordpress.markup import Clean, Text, convert, plain
from backsite.wordpress.pictures import OldPictures
from backsite.wordpress.reader import Export
from backsite.wordpress.report import Report
from backsite.wordpress.skipped import why_skipped

DRAFT, SCHEDULED, PUBLISHED, WITHDRAWN = "draft", "scheduled", "published", "withdrawn"
STATES: Final = {
    "publish": PUBLISHED,
    "future": SCHEDULED,
    "draft": DRAFT,
    "pending": DRAFT,
    "auto-draft": DRAFT,
    "private": DRAFT,
    "inherit": DRAFT,
    "trash": WITHDRAWN,
}
COUNTED: Final = {"post": "posts", "page": "pages"}
# The columns' own limits (articles.models.Article).
LONGEST_TITLE: Final = 200
LONGEST_ADDRESS: Final = 500
WORDS_OF_TITLE: Final = 8
# An attachment's parent's parent is as far as WordPress goes; a circle must end somewhere.
MOST_ANCESTORS: Final = 5


@dataclass(frozen=True, slots=True)
class Lead:
    """The featured picture: `number` is 0 where its file is not at hand."""

    number: int
    alt: str
    address: str


@dataclass(slots=True)
class Plan:
    """An article or page to be. `counted` is empty for a draft that only keeps comments."""

    item: Item
    key: str
    kind: str
    counted: str
    state: str
    title: str
    standfirst: str
    text: Text
    slug: str
    address: str
    moment: datetime
    updated: datetime | None
    lead: Lead | None = None
    comments: list[CommentPlan] = field(default_factory=list)


@dataclass(slots=True)
class Planner:
    """`adrift` holds comments of items that are no articles, by the key of the article they
    go to; it is complete once all plans have been made."""

    export: Export
    report: Report
    clean: Clean
    now: datetime
    library: Library
    adrift: dict[str, list[CommentPlan]] = field(default_factory=dict)
    _slugs: dict[str, str] = field(default_factory=dict)
    _digests: dict[str, set[str]] = field(default_factory=dict)

    def plans(self) -> Iterator[Plan]:
        for item in self.export.items():
            plan = self._plan(item)
            if plan is not None:
                yield plan
        if self.export.unread:
            self.report.skip(
                f"{self.export.unread} items",
                "The XML around them is too broken to tell where they begin and end. Export again "
                "and import again: what is here stays.",
            )
        for item in self.export.cut_off:
            self.report.skip(
                item.called,
                "The file breaks off inside it. Export again and import again: what is here stays.",
            )

    def key(self, kind: str, name: str | int) -> str:
        """The name of a thing of the old site that no other thing has (300 characters at most)."""
        return f"wordpress:{self.export.head.origin[:120]}:{kind}:{name}"[:300]

    def _plan(self, item: Item) -> Plan | None:
        if item.kind == "attachment":
            self.report.attachments += 1
        if item.kind in COUNTED:
            return self._article(item, "page" if item.kind == "page" else "article")
        comments = plan_comments(item, self._item_key(item), self.report, self.now)
        host = self._host(item)
        if item.remarks and host:
            self.adrift.setdefault(host, []).extend(comments)
            self.report.mend("Comments moved to the article that the item belongs to", item.called)
        elif item.remarks or (not item.kind and item.content.strip()):
            return self._holder(item, comments)
        elif item.kind != "attachment":
            self.report.skip(item.kind or item.called, why_skipped(item.kind))
        return None

    def _host(self, item: Item) -> str:
        """The key of the article or page above this item, or nothing."""
        number = item.parent
        for _ in range(MOST_ANCESTORS):
            place = self.export.places.get(number) if number else None
            if place is None:
                return ""
            if place.kind in COUNTED:
                return self.key("post", number)
            number = place.parent
        return ""

    def _item_key(self, item: Item) -> str:
        return self.key("post", item.number or (item.guid or item.link or item.called)[-150:])

    def _key_in_file(self, item: Item) -> str:
        """The item's key; empty when the very same item was there before. WordPress's numbers
        are unique, those of two exports pasted into one are not: no text may get lost."""
        key = self._item_key(item)
        digest = hashlib.sha256(f"{item.title}\0{item.slug}\0{item.content}".encode()).hexdigest()
        seen = self._digests.setdefault(key, set())
        if digest in seen:
            return ""
        seen.add(digest)
        if len(seen) == 1:
            return key
        self.report.mend("Had the number of another item; taken in beside it", item.called)
        return f"{key}:{digest[:16]}"

    def _holder(self, item: Item, comments: list[CommentPlan]) -> Plan | None:
        """A draft for staff to decide on: the comments under it must not get lost."""
        plan = self._article(item, "article", comments)
        if plan is not None:
            why = "is of a kind unknown here" if item.kind else "names no post type"
            self.report.mend(
                f"Item that {why}, kept as a draft for its text and comments", item.called
            )
        return plan

    def _article(
        self, item: Item, kind: str, comments: list[CommentPlan] | None = None
    ) -> Plan | None:
        key = self._key_in_file(item)
        if not key:
            self.report.skip(item.called, "The file holds it twice, word for word; taken in once.")
            return None
        old = self.library.of(key, item.number)
        text = convert(item.content, base=item.link or item.guid, clean=self.clean, old=old)
        self.report.count_mended(text.changes)
        moment = self._moment(item)
        title = self._title(item, text, moment)
        if comments is None:
            comments = plan_comments(item, key, self.report, self.now)
        return Plan(
            item=item,
            key=key,
            kind=kind,
            counted=COUNTED.get(item.kind, ""),
            state=self._state(item, moment),
            title=title,
            standfirst=plain(item.excerpt) or text.lead,
            text=text,
            slug=self._slug(item, key),
            address=_address(item),
            moment=moment,
            updated=_updated(item, moment),
            lead=self._lead(item, old),
            comments=comments,
        )

    def _lead(self, item: Item, old: OldPictures) -> Lead | None:
        shown = self.library.attachment(item.thumbnail)
        if shown is None:
            if item.thumbnail:
                self.report.mend("Featured picture is not in the file; left out", item.called)
            return None
        known = old.find(shown.address)
        if known is None:
            self.report.mend(
                "Featured picture’s file is not here; its address is in the article’s history",
                item.called,
            )
        alt = plain(shown.alt or shown.title)[:LONGEST_TITLE]
        return Lead(known.number if known else 0, alt, shown.address)

    def _state(self, item: Item, moment: datetime) -> str:
        state = STATES.get(item.status, "")
        if item.kind not in COUNTED:
            return DRAFT
        if not state:
            self.report.mend(
                "State that is not known here; kept as a draft", f"“{item.status}” of {item.called}"
            )
            return DRAFT
        if item.status == "private":
            self.report.mend("Private in WordPress; kept as a draft", item.called)
        if item.password and state != WITHDRAWN:
            self.report.mend("Behind a password in WordPress; kept as a draft", item.called)
            return DRAFT
        if state == SCHEDULED and moment <= self.now:
            return PUBLISHED
        return state

    def _moment(self, item: Item) -> datetime:
        moment, nonsense = when(item.date_gmt, item.date, item.published)
        if nonsense:
            self.report.mend(
                "Date that is none; another was taken", f"“{nonsense[:40]}” of {item.called}"
            )
        if moment is None and STATES.get(item.status) == PUBLISHED:
            self.report.mend("No date in the file; dated with the day of the import", item.called)
        if moment and moment > self.now and STATES.get(item.status) == PUBLISHED:
            self.report.mend("Published on a day to come; dated with the import", item.called)
            return self.now
        return moment or self.now

    def _title(self, item: Item, text: Text, moment: datetime) -> str:
        title = plain(item.title)
        if not title:
            words = plain(text.html).split()
            title = " ".join(words[:WORDS_OF_TITLE]) + ("…" if len(words) > WORDS_OF_TITLE else "")
            title = title or f"Untitled, {moment:%d %B %Y}"
            self.report.mend(
                "Had no title; named by its first words or its date", f"“{title[:80]}”"
            )
        if len(title) > LONGEST_TITLE:
            self.report.mend(f"Title cut at {LONGEST_TITLE} characters", f"“{title}”")
        return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"

    def _slug(self, item: Item, key: str) -> str:
        """The item's own, decoded; reported when the file gives it to two items."""
        slug = re.sub(r"__trashed(-\d+)?$", "", unquote(item.slug))
        if slug and self._slugs.setdefault(slug, key) != key:
            self.report.mend("Had the address of another item; given one of its own", item.called)
        return slug


def _address(item: Item) -> str:
    for address in (item.link, item.guid):
        if address.startswith(("http://", "https://")) and len(address) <= LONGEST_ADDRESS:
            return address
    return ""


def _updated(item: Item, moment: datetime) -> datetime | None:
    """Only a change on a later day: WordPress stamps every save, also that of publishing."""
    modified, _ = when(item.modified_gmt)
    return modified if modified and modified.date() > moment.date() else None
