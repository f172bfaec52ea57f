"""What a rule would have done, before it does anything: a dry run over the newest comments,
and a comparison with what people decided."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ..models.block_rule import BlockRule
from ..models.comment import Comment
from ..models.origin import Origin
from .checks.lists import NAME, vote_of
from .checks.writer import KNOWN
from .judging import rule_for
from .matching import Matcher, Subject, TooSlow, matcher_of, matchers
from .verdict import Outcome, weigh

LOOKED_AT: Final = 1_000
MOST_DECISIONS: Final = 2_000
# A person waits for the answer, and a web process with them.
PATIENCE_SECONDS: Final = 3.0

FIELDS: Final = ("article", "name", "email", "website", "text", "state", "created_at", "staff")


@dataclass(frozen=True)
class Caught:
    comment: Comment
    found: str


@dataclass
class DryRun:
    """`stopped_on`: the comment on which a pattern took too long; it then goes no further."""

    looked_at: int = 0
    all_spam: int = 0
    caught: list[Caught] = field(default_factory=list)
    stopped_on: Comment | None = None

    def of_state(self, *states: str) -> list[Caught]:
        return [one for one in self.caught if one.comment.state in states]

    @property
    def published(self) -> list[Caught]:
        return self.of_state(Comment.State.APPROVED)

    @property
    def spam(self) -> list[Caught]:
        return self.of_state(Comment.State.SPAM)

    @property
    def others(self) -> list[Caught]:
        return self.of_state(Comment.State.HELD, Comment.State.TRASH)


def dry_run(rule: BlockRule) -> DryRun:
    """The rule, saved or not, against the newest comments of readers."""
    matcher, run = matcher_of(rule), DryRun()
    newest = Comment.objects.by_readers().order_by("-created_at", "-pk")
    shown = newest.select_related("article").only(*FIELDS, "article__title")
    comments = list(shown[:LOOKED_AT])
    addresses = _addresses(comments)
    end = time.monotonic() + PATIENCE_SECONDS
    for comment in comments:
        run.looked_at += 1
        run.all_spam += comment.state == Comment.State.SPAM
        try:
            found = matcher.find(_subject(comment, addresses))
        except TooSlow:
            found, end = None, 0.0
        if found is not None:
            run.caught.append(Caught(comment, found))
        if time.monotonic() > end:
            run.stopped_on = comment
            break
    return run


@dataclass(frozen=True)
class Difference:
    """A decision of a person's, and the verdict with and without the rule."""

    comment: Comment
    without: Outcome
    with_it: Outcome

    @property
    def was_published(self) -> bool:
        return self.comment.is_public

    @property
    def kind(self) -> str:
        if self.was_published:
            if self.with_it is Outcome.SPAM:
                return "hurt"
            return "work" if self.with_it is Outcome.HOLD else "spared"
        return "caught" if self.with_it is Outcome.SPAM else "missed"


@dataclass
class Replay:
    decisions: int = 0
    differences: list[Difference] = field(default_factory=list)

    def of_kind(self, kind: str) -> list[Difference]:
        return [one for one in self.differences if one.kind == kind]


def replay(rule: BlockRule, since: datetime) -> Replay:
    """What the verdicts on comments that people have decided since then would have been."""
    decided = Comment.objects.by_readers().filter(person_decided_at__gte=since)
    rows = decided.exclude(state=Comment.State.HELD).order_by("-person_decided_at")
    shown = rows.select_related("article").only(*FIELDS, "article__title")
    comments = list(shown.prefetch_related("votes")[:MOST_DECISIONS])
    addresses = _addresses(comments)
    others = matchers(BlockRule.objects.in_force().exclude(pk=rule.pk))
    all_rules = [*others, matcher_of(rule)]
    found = Replay()
    moderation: dict[int, str] = {}
    end = time.monotonic() + PATIENCE_SECONDS
    for comment in comments:
        if time.monotonic() > end:
            break
        found.decisions += 1
        if comment.article_id not in moderation:
            moderation[comment.article_id] = rule_for(comment.article_id)
        subject, house = _subject(comment, addresses), moderation[comment.article_id]
        without = _outcome(comment, others, subject, house)
        with_it = _outcome(comment, all_rules, subject, house)
        if without is not with_it:
            found.differences.append(Difference(comment, without, with_it))
    return found


def _outcome(comment: Comment, rules: list[Matcher], subject: Subject, house: str) -> Outcome:
    votes = [row.vote for row in comment.votes.all() if row.check_name != NAME]
    own, _, _ = vote_of(rules, subject)
    is_known = any(vote.check == KNOWN for vote in votes)
    return weigh([*votes, own] if own else votes, moderation=house, is_known=is_known).outcome


def _addresses(comments: list[Comment]) -> dict[int, str]:
    rows = Origin.objects.filter(comment__in=comments).exclude(address=None)
    return {pk: address for pk, address in rows.values_list("comment_id", "address") if address}


def _subject(comment: Comment, addresses: dict[int, str]) -> Subject:
    address = addresses.get(comment.pk)
    return Subject.of(comment.name, comment.email, comment.website, comment.text, address)
