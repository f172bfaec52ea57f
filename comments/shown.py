"""What readers see of a comment. A page shows a hundred of them: these are narrow rows, not
whole models, of which nine tenths of a page's time would go into unused columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.urls import reverse

from articles.models import Author, Credential
from articles.whole import hand_out
from backsite.lib.prepared import Prepared, among

from .models import Comment

# In the order of the fields below, of a row called `one`. Of what is not public only its place
# is read.
COLUMNS: Final = """one.id, one.parent_id, one.created_at, one.state, one.withdrawn_at IS NOT NULL,
    CASE one.state WHEN 'approved' THEN one.name ELSE '' END,
    CASE one.state WHEN 'approved' THEN one.website ELSE '' END,
    CASE one.state WHEN 'approved' THEN one.html ELSE '' END,
    one.email <> '', one.staff_id, one.by_site_author, one.pingback"""

_FACES: Final = Prepared(
    lambda: {
        "authors": Author.objects.filter(user__in=among("staff")).select_related("photo"),
        "credentials": Credential.objects.filter(author__user__in=among("staff")),
    }
)


@cache
def address_of(view: str) -> Callable[[int], str]:
    """Of the page about a comment, by its number. To ask the resolver for each link of each
    comment would be half of a page's time."""
    before, _, after = reverse(view, args=[0]).rpartition("0")
    return lambda pk: f"{before}{pk}{after}"


@dataclass(slots=True)
class Shown:
    """`own` is the whole comment where its writer is the one who looks at it."""

    pk: int
    parent_id: int | None
    created_at: datetime
    state: str
    withdrawn: bool
    name: str
    website: str
    html: str
    has_address: bool
    staff_id: int | None
    by_site_author: bool
    pingback: bool
    profile: Author | None = None
    own: Comment | None = field(default=None, repr=False)

    @classmethod
    def of(cls, comment: Comment) -> Shown:
        staff: Any = comment.staff if comment.staff_id else None
        return cls(
            pk=comment.pk,
            parent_id=comment.parent_id,
            created_at=comment.created_at,
            state=comment.state,
            withdrawn=comment.withdrawn_at is not None,
            name=comment.name,
            website=comment.website,
            html=comment.html,
            has_address=bool(comment.email),
            staff_id=comment.staff_id,
            by_site_author=comment.by_site_author,
            pingback=comment.pingback,
            profile=getattr(staff, "author_profile", None),
            own=comment,
        )

    def get_absolute_url(self) -> str:
        return address_of("comments:comment")(self.pk)

    @property
    def anchor(self) -> str:
        return f"comment-{self.pk}"

    @property
    def is_public(self) -> bool:
        return self.state == Comment.State.APPROVED

    @property
    def is_held(self) -> bool:
        return self.state == Comment.State.HELD

    @property
    def is_staff(self) -> bool:
        return self.staff_id is not None or self.by_site_author


def put_faces_on(rows: list[Shown]) -> None:
    """The author profiles of those who answered for the site: one query, none where nobody
    has."""
    staff = {row.staff_id for row in rows if row.staff_id is not None}
    if not staff:
        return
    found = _FACES.ask(staff=list(staff))
    hand_out(found["credentials"], found["authors"])
    faces = {author.user_id: author for author in found["authors"]}
    for row in rows:
        if row.staff_id is not None:
            row.profile = faces.get(row.staff_id)
