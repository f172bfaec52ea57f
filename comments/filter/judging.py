"""Asks the checks, weighs what they and the others say, and acts on the verdict."""

from __future__ import annotations

from backsite.lib.bots import Vote

from ..models.comment import Comment
from ..models.discussion import ArticleDiscussion, Discussion
from .case import Case
from .checks import CHECKS, opinions
from .verdict import Outcome, Verdict, weigh

# Out of these alone a machine may move a comment; whoever put it elsewhere meant it.
MOVABLE = (Comment.State.HELD, Comment.State.APPROVED, Comment.State.SPAM)


def judge(comment: Comment) -> tuple[Verdict, list[Vote]]:
    """The verdict as things stand, with the votes that made it, the heaviest first."""
    case = Case(comment)
    votes = _heard(case, opinions(case))
    return weigh(votes, moderation=case.facts.moderation, is_known=case.is_known), votes


def apply(found: Verdict, comment: Comment) -> None:
    """By the verbs that people use, so that everything follows that follows theirs.

    The comment must be locked. What a person has decided is left as it is.
    """
    if comment.decided_by_person or comment.state not in MOVABLE:
        return
    if found.outcome is Outcome.PUBLISH:
        comment.approve(by=None)
    elif found.outcome is Outcome.SPAM:
        comment.spam(by=None, why=found.because)
    elif not comment.is_held:
        comment.hold(by=None, why=found.because)


def rule_for(article_id: int) -> str:
    """How the site, or else this article, publishes."""
    own = ArticleDiscussion.objects.filter(article=article_id).exclude(moderation="")
    return own.values_list("moderation", flat=True).first() or Discussion.current().moderation


def _heard(case: Case, own: list[Vote]) -> list[Vote]:
    """All votes that stand: those of our own checks as they are now, and what others said."""
    comment, kept = case.comment, case.facts.votes
    now = {vote.check: vote for vote in own}
    gone = [name for name in kept if name in CHECKS and name not in now]
    if gone:
        comment.votes.filter(check_name__in=gone).delete()
    new = [vote for name, vote in now.items() if kept.get(name) != vote]
    if new:
        comment.hear(new)
    others = [vote for name, vote in kept.items() if name not in CHECKS]
    return sorted([*others, *own], key=lambda vote: -vote.weight)
