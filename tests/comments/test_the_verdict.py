"""A comment is saved first and judged after; what a person decided stands above it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backsite.lib.bots import Submission, Vote
from backsite.lib.work import DueQuerySet, perform_due
from comments.filter.judging import judge
from comments.filter.lines import DOUBT_LINE, SPAM_LINE
from comments.filter.verdict import Outcome, judge_again, weigh
from comments.models import Comment, Discussion, Judgement, Moderation, Origin, Reader
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db


def rule(moderation: Moderation) -> None:
    Discussion(moderation=moderation).save()


def new(**fields: object) -> Comment:
    return make_comment(make_article(), approved=False, **fields)


def judged(comment: Comment) -> Comment:
    perform_due(Judgement)
    comment.refresh_from_db()
    return comment


def verbs(comment: Comment) -> list[tuple[str, str]]:
    return [(event.verb, event.actor) for event in comment.events.all()]


@pytest.mark.parametrize(
    ("votes", "outcome"),
    [
        ([], Outcome.PUBLISH),
        ([Vote("a", DOUBT_LINE - 0.1, "")], Outcome.PUBLISH),
        ([Vote("a", DOUBT_LINE, "")], Outcome.HOLD),
        ([Vote("a", SPAM_LINE, "")], Outcome.SPAM),
        ([Vote("a", SPAM_LINE, ""), Vote("b", -1.0, "")], Outcome.HOLD),
        ([Vote("a", -3.0, ""), Vote("b", 0.0, "", unknown=True)], Outcome.HOLD),
        ([Vote("a", SPAM_LINE, ""), Vote("b", 0.0, "", unknown=True)], Outcome.SPAM),
        ([Vote("a", 9.0, "", unknown=True)], Outcome.HOLD),
    ],
)
def test_votes_add_up_to_a_verdict(votes: list[Vote], outcome: Outcome) -> None:
    assert weigh(votes, moderation=Moderation.PUBLISH, is_known=False).outcome is outcome


def test_a_comment_is_held_until_it_was_judged() -> None:
    rule(Moderation.PUBLISH)
    comment = new()
    assert comment.is_held
    assert judged(comment).is_public
    assert verbs(comment) == [("approve", "")]


def test_what_the_checks_condemn_is_spam_and_says_why() -> None:
    comment = new()
    comment.hear([Vote("trap field", 5.0, "The hidden field was filled in")])
    assert judged(comment).state == Comment.State.SPAM
    assert "add up to 5" in comment.judgement.because
    assert [vote["check"] for vote in comment.judgement.votes] == ["trap field"]


def test_where_every_comment_is_held_nothing_is_published_by_machine() -> None:
    rule(Moderation.HOLD_ALL)
    assert judged(new()).is_held


def test_a_first_comment_is_held_and_the_next_published_once_the_address_is_confirmed() -> None:
    staff = make_staff()
    first = judged(new(email="hanna@example.org"))
    assert first.is_held
    first.approve(by=staff)
    assert judged(new(email="hanna@example.org")).is_held  # anybody can type that address
    Reader.of("hanna@example.org").confirm()
    assert judged(new(email="Hanna@example.org")).is_public


def test_what_a_machine_published_makes_nobody_known() -> None:
    new(email="hanna@example.org").approve(by=None)
    Reader.of("hanna@example.org").confirm()
    assert judged(new(email="hanna@example.org")).is_held


def test_a_trusted_reader_is_published_only_from_a_confirmed_address() -> None:
    reader = Reader.of("hanna@example.org")
    reader.trust(by=make_staff())
    assert judged(new(email="hanna@example.org")).is_held
    reader.confirm()
    assert judged(new(email="hanna@example.org")).is_public


def test_a_check_that_could_not_be_asked_holds_until_it_answers() -> None:
    rule(Moderation.PUBLISH)
    comment = new()
    comment.hear([Vote("Akismet", 0.0, "Could not be reached", unknown=True)])
    assert judged(comment).is_held
    comment.hear([Vote("Akismet", -1.0, "Not spam")])
    judge_again(comment)
    judge_again(comment)
    assert perform_due(Judgement) == 1
    comment.refresh_from_db()
    assert comment.is_public
    assert verbs(comment) == [("approve", "")]


def test_a_person_who_confirms_what_a_machine_did_makes_it_theirs() -> None:
    rule(Moderation.PUBLISH)
    comment = judged(new())
    comment.approve(by=make_staff("ada"))
    comment.hear([Vote("Akismet", 9.0, "Spam")])
    judge_again(comment)
    assert judged(comment).is_public
    assert verbs(comment) == [("approve", ""), ("approve", "ada")]
    assert comment.judgement.verdict == Outcome.SPAM  # written down, and not acted on


def test_where_it_came_from_is_kept_for_the_checks() -> None:
    sent = Submission(
        form="comment",
        address="203.0.113.9",
        user_agent="Firefox",
        referrer="https://example.org/",
        elapsed_ms=9_000,
    )
    article = make_article()
    words = {"name": "A", "email": "a@example.org", "website": "", "text": "Hello there"}
    comment = Comment.submit(sent, article=article, parent=None, **words)
    origin = comment.origin
    assert (origin.address, origin.network) == ("203.0.113.9", "203.0.113.0/24")
    assert (origin.user_agent, origin.elapsed_ms) == ("Firefox", 9_000)
    assert origin.permalink.endswith(article.get_absolute_url())


def test_where_it_came_from_is_forgotten_after_a_month() -> None:
    for address in ("203.0.113.9", "2001:db8::1", None):
        sent = Submission(form="comment", address=address, user_agent="Firefox")
        words = {"name": "A", "email": "a@example.org", "website": "", "text": f"From {address}"}
        Comment.submit(sent, article=make_article(), parent=None, **words)
    assert perform_due(Origin) == 0
    Origin.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    assert perform_due(Origin) == 1  # all in one round
    kept = Origin.objects.values_list("address", "network", "user_agent").distinct()
    assert list(kept) == [(None, "", "")]
    assert not DueQuerySet(Origin).waiting().exists()


def test_keeping_a_comment_costs_few_statements(django_assert_num_queries: Any) -> None:
    """The lock; earlier ones; words of danger; the comment with its origin and judgement.
    The readers who all write at once pay for no check."""
    article = make_article()
    sent = Submission(form="comment", address="203.0.113.9", user_agent="Firefox")
    words = {"name": "A", "email": "a@example.org", "website": "", "text": "Hello there"}
    with django_assert_num_queries(4):
        Comment.submit(sent, article=article, parent=None, **words)


def test_judging_costs_few_statements(django_assert_max_num_queries: Any) -> None:
    """The facts, the print, what is usual in links, and what the classifier reads."""
    comment = new(text="A question with https://a.example in it.")
    case = Comment.objects.get(pk=comment.pk)
    with django_assert_max_num_queries(6):
        judge(case)
