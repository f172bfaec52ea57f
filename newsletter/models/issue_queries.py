"""The words in which issues are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from backsite.lib.work import DueQuerySet

if TYPE_CHECKING:
    from .subscriber import Subscriber


class IssueQuerySet(DueQuerySet):
    def drafts(self) -> Self:
        return self.filter(state="draft")

    def sending(self) -> Self:
        return self.filter(state="sending")

    def sent(self) -> Self:
        return self.filter(state="sent")

    def in_archive(self) -> Self:
        """What the site lists for everybody, the newest first."""
        return self.sent().filter(archive="open").order_by("-started_at", "-pk")

    def readable(self) -> Self:
        """What its own page shows to everybody: its first readers follow the link in it while
        it still goes out to the others."""
        return self._out().filter(archive="open")

    def readable_by(self, reader: Subscriber) -> Self:
        """What was sent to them, or is on its way, unless staff let nobody read it."""
        theirs = self.filter(
            deliveries__subscriber=reader, deliveries__state__in=["waiting", "sent"]
        )
        return theirs._out().exclude(archive="hidden")

    def _out(self) -> Self:
        return self.filter(started_at__isnull=False)

    def late(self) -> Self:
        """Their time passed while the site was down, or a link died: a person must say what
        becomes of them."""
        return self.filter(state="scheduled", asks_since__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")
