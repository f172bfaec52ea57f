"""Spam and trash are deleted after a time, and never before a letter has listed them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from backsite.lib import work
from backsite.lib.mail.models import Message
from comments.models import Comment, DeletedComment, Discussion, Listed, SpamRound
from comments.models.keeping import SpamLetter
from tests.comments.alerting import aged
from tests.comments.log import date_back
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def article() -> Article:
    make_staff("ada")
    return make_article()


def go_round() -> list[Message]:
    SpamRound.begin()
    SpamRound.objects.update(due_at=timezone.now())
    before = set(Message.objects.values_list("pk", flat=True))
    work.perform_due(SpamRound)
    return list(Message.objects.exclude(pk__in=before))


def put_away(article: Article, days: int, text: str = "Buy pills", **fields: object) -> Comment:
    spam = aged(make_comment(article, approved=False, text=text, **fields), days=days)
    spam.spam(by=None)
    date_back(spam, spam.created_at)
    return spam


def a_week_later() -> None:
    """The letters left so long ago."""
    then = timezone.now() - timedelta(days=8)
    Message.objects.update(sent_at=then, due_at=None)
    SpamLetter.objects.update(at=then)
    Listed.objects.update(at=then)


def gone(comment: Comment) -> bool:
    return not Comment.objects.filter(pk=comment.pk).exists()


def test_it_is_listed_with_name_words_and_reason_and_deleted_a_week_after(
    article: Article,
) -> None:
    spam = put_away(article, days=40, name="Bob", text="Cheap pills here")
    spam.votes.create(check_name="links", weight=4, reason="7 links")
    [letter] = go_round()
    assert "Bob: Cheap pills here" in letter.text
    assert "7 links" in letter.text
    assert spam.get_admin_url() in letter.text
    assert not gone(spam)
    a_week_later()
    go_round()
    assert gone(spam)
    left = DeletedComment.objects.get(number=spam.pk)
    assert (left.state, left.events[0]["verb"]) == ("spam", "spam")


def test_what_no_letter_listed_stays_however_old(article: Article) -> None:
    spam = put_away(article, days=4000)
    SpamLetter.objects.create()  # today's letter has been written already, without it
    go_round()
    assert not gone(spam)


def test_a_letter_that_never_left_listed_nothing(article: Article) -> None:
    spam = put_away(article, days=40)
    go_round()
    a_week_later()
    Message.objects.update(sent_at=None, gave_up_at=timezone.now())
    go_round()
    assert not gone(spam)


def test_the_keeping_time_of_the_site_counts(article: Article) -> None:
    Discussion(kept_days=60).save()
    spam = put_away(article, days=40)
    go_round()
    a_week_later()
    go_round()
    assert not gone(spam)


def test_what_was_rescued_stays_and_is_listed_anew_when_put_away_again(article: Article) -> None:
    spam = put_away(article, days=40)
    go_round()
    a_week_later()
    spam.hold(by=None)
    go_round()
    assert not gone(spam)
    spam.spam(by=None)
    [letter] = go_round()
    assert "Buy pills" in letter.text
    assert not gone(spam)


def test_a_comment_with_answers_is_never_deleted(article: Article) -> None:
    parent = make_comment(article)
    make_comment(article, parent=parent)
    aged(parent, days=90).trash(by=None)
    date_back(parent, parent.created_at)
    go_round()
    a_week_later()
    go_round()
    assert not gone(parent)


def test_published_and_held_ones_are_never_touched(article: Article) -> None:
    kept = [aged(make_comment(article), days=900), aged(make_comment(article), days=900)]
    kept[1].hold(by=None)
    assert go_round() == []
    a_week_later()
    go_round()
    assert not any(gone(comment) for comment in kept)


def test_one_letter_a_day_and_a_long_list_goes_on_in_the_next(article: Article) -> None:
    Comment.objects.bulk_create(
        Comment(article=article, name="Bob", text=f"pill {number};", state="spam")
        for number in range(310)
    )
    first, second = go_round(), go_round()
    assert "10 more follow" in first[0].text
    assert len(second) == 1
    assert go_round() == []
    listed = first[0].text + second[0].text
    assert all(f"pill {number};" in listed for number in range(310))


def test_with_nobody_to_tell_nothing_is_deleted(article: Article) -> None:
    type(make_staff("ben")).objects.update(email="")
    spam = put_away(article, days=40)
    assert go_round() == []
    go_round()
    assert not gone(spam)
