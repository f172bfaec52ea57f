from __future__ import annotations

from typing import Final

from backsite.lib.bots import Vote

from ...models.comment import Comment
from ..case import Case
from ..links import MARKUP as WRITTEN_FOR_OTHERS
from ..links import usual

NAME: Final = "links"
MARKUP: Final = "link markup"
EACH: Final = 0.75
MOST: Final = 4.0


def links(case: Case) -> Vote | None:
    """More links than are usual among the published comments of this site."""
    count = len(case.links)
    if not count:
        return None
    most = usual.of(Comment.objects.approved().by_readers())
    if count <= most:
        return None
    reason = f"{count} links; {most} {'is' if most == 1 else 'are'} usual here"
    weight = min(EACH * (count - most), MOST)
    return Vote(NAME, weight, reason, {"links": case.links[:20], "usual": most})


def markup(case: Case) -> Vote | None:
    found = WRITTEN_FOR_OTHERS.findall(case.comment.text)
    if not found:
        return None
    reason = "It has links in a markup that our form does not know, as programs send to any form"
    return Vote(MARKUP, 2.0, reason, {"count": len(found)})
