"""The demonstration's comments, with the moderators' own verbs and in their own time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User

from articles.models import Article
from comments.models import Comment
from comments.rendering import render

# How long a comment of the demonstration waited for its moderator.
WAITED: Final = timedelta(minutes=50)


class Threads:
    """Writes comments under the articles. `staff` are the accounts that answer, by author."""

    def __init__(self, articles: dict[str, Article], staff: dict[str, User], now: datetime) -> None:
        self.articles, self.staff, self.now = articles, staff, now
        self.moderator = next(iter(staff.values()))
        self.written: dict[str, Comment] = {}

    @property
    def count(self) -> int:
        return len(self.written)

    def write(self, comments: list[dict[str, Any]]) -> None:
        """Writes them in the given order. Nobody gets a mail: the invented readers have
        no address while they are answered, and it is filled in at the end."""
        for facts in comments:
            at = self.now - timedelta(hours=facts["hours_ago"])
            is_answer = "staff" in facts
            self.written[facts["id"]] = (
                self._answer(facts, at) if is_answer else self._reader(facts, at)
            )
        for facts in comments:
            if "email" in facts:
                self._date(self.written[facts["id"]], email=facts["email"])

    def _answer(self, facts: dict[str, Any], at: datetime) -> Comment:
        question = self.written[facts["under"]]
        answer = question.answer(facts["text"].strip(), by=self.staff[facts["staff"]])
        self._date(answer, created_at=at, approved_at=at, closed_at=at)
        self._date(question, closed_at=at)
        return answer

    def _reader(self, facts: dict[str, Any], at: datetime) -> Comment:
        parent = self.written[facts["under"]] if "under" in facts else None
        text = facts["text"].strip()
        comment = Comment.objects.create(
            article=parent.article if parent else self.articles[facts["article"]],
            parent=parent,
            name=facts["name"],
            website=facts.get("website", ""),
            text=text,
            html=render(text),
            created_at=at,
        )
        self._judge(comment, facts, at + WAITED)
        return comment

    def _judge(self, comment: Comment, facts: dict[str, Any], at: datetime) -> None:
        state = facts.get("state", "approved")
        if state == "spam":
            comment.spam(by=self.moderator, why="Advertising that promises the impossible.")
        elif state == "approved":
            needs_answer = facts.get("needs_answer", True)
            comment.approve(by=self.moderator, needs_answer=needs_answer)
            closed = {} if needs_answer else {"closed_at": at}
            self._date(comment, approved_at=at, **closed)

    def _date(self, comment: Comment, **fields: Any) -> None:
        """The verbs date what they do with the present; the demonstration has a past."""
        for name, value in fields.items():
            setattr(comment, name, value)
        comment.save(update_fields=list(fields))
