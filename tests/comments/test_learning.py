"""The classifier learns from what people decide, in the same transaction, and unlearns it."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from articles.models import Article
from comments.filter.classifier import lessons
from comments.models import Comment, FeatureCount, Lesson, Training
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

TEXTS = [
    "Check out my channel http://win.example/now please!",
    "Walking helped me more than rest, thank you.",
    "Is it safe to swim with a slipped disc?",
    "CHEAP pills at www.pills.example, subscribe!!!",
    "Ich habe seit drei Wochen Schmerzen im Rücken.",
    "腰が痛いときは歩いたほうがいいですか。",
    "",
    "😀😀😀",
]


def tables() -> tuple[set[tuple[int, int, int]], set[tuple[int, bool, tuple[int, ...]]]]:
    """All that was learned, as it lies in the tables."""
    counts = set(FeatureCount.objects.values_list("feature", "spam", "ham"))
    kept = Lesson.objects.values_list("comment_id", "spam", "features")
    return counts, {(pk, spam, tuple(features)) for pk, spam, features in kept}


def total() -> tuple[int, int]:
    row = FeatureCount.objects.filter(feature=FeatureCount.TOTAL).first()
    return (row.spam, row.ham) if row else (0, 0)


@pytest.fixture
def staff() -> User:
    return make_staff()


@pytest.fixture
def article() -> Article:
    return make_article()


def held(article: Article, text: str = TEXTS[0]) -> Comment:
    return make_comment(article, approved=False, text=text)


def test_it_learns_what_a_person_decides(article: Article, staff: User) -> None:
    held(article).spam(by=staff)
    held(article, TEXTS[1]).approve(by=staff)
    assert total() == (1, 1)


def test_it_does_not_learn_from_a_machine(article: Article) -> None:
    held(article).spam(by=None)
    held(article, TEXTS[1]).approve(by=None)
    assert tables() == (set(), set())


def test_a_person_who_confirms_the_machine_teaches(article: Article, staff: User) -> None:
    comment = held(article)
    comment.spam(by=None)
    comment.spam(by=staff)
    assert total() == (1, 0)


def test_the_same_decision_twice_is_learned_once(article: Article, staff: User) -> None:
    comment = held(article)
    comment.spam(by=staff)
    once = tables()
    comment.spam(by=staff)
    lessons.learn(comment, spam=True)
    assert tables() == once


@pytest.mark.parametrize("verb", ["hold", "trash"])
def test_taking_a_decision_back_leaves_nothing(verb: str, article: Article, staff: User) -> None:
    comment = held(article)
    comment.spam(by=staff)
    getattr(comment, verb)(by=staff)
    assert tables() == (set(), set())


def test_the_opposite_decision_replaces_the_first(article: Article, staff: User) -> None:
    comment = held(article)
    comment.approve(by=staff)
    approved = tables()
    comment.spam(by=staff)
    assert total() == (1, 0)
    comment.approve(by=staff)
    assert tables() == approved


def test_trash_teaches_nothing(article: Article, staff: User) -> None:
    held(article).trash(by=staff)
    assert tables() == (set(), set())


def test_answers_of_staff_teach_nothing(article: Article, staff: User) -> None:
    question = held(article, TEXTS[2])
    answer = question.answer("Yes, swimming is safe.", by=staff)
    answer.hold(by=staff)
    answer.approve(by=staff)
    assert list(Lesson.objects.values_list("comment_id", flat=True)) == [question.pk]


def test_a_decision_that_is_rolled_back_was_never_learned(article: Article, staff: User) -> None:
    comment = held(article)
    with transaction.atomic():
        comment.spam(by=staff)
        transaction.set_rollback(True)
    assert tables() == (set(), set())


@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_order_the_same_decisions_end_in_the_same_tables(
    seed: int, article: Article
) -> None:
    comments = [held(article, text) for text in TEXTS]
    for comment in comments:
        lessons.learn(comment, spam=comment.pk % 2 == 0)
    straight = tables()
    for comment in comments:
        lessons.unlearn(comment)
    assert tables() == (set(), set())

    chance = random.Random(seed)
    for _ in range(40):
        comment = chance.choice(comments)
        if chance.random() < 0.4:
            lessons.unlearn(comment)
        else:
            lessons.learn(comment, spam=chance.random() < 0.5)
    chance.shuffle(comments)
    for comment in comments:
        lessons.learn(comment, spam=comment.pk % 2 == 0)
    assert tables() == straight


def test_what_was_learned_is_taken_back_though_the_text_changed(
    article: Article, staff: User
) -> None:
    comment = held(article)
    comment.spam(by=staff)
    comment.text = "Quite other words"
    comment.save(update_fields=["text"])
    comment.hold(by=staff)
    assert tables() == (set(), set())


@pytest.mark.django_db(transaction=True)
def test_decisions_at_once_lose_nothing_and_never_wait_for_each_other_for_ever() -> None:
    article, staff = make_article(), make_staff()
    shared = "Check out my channel, walking helps, please subscribe"
    comments = [held(article, f"{shared} {' '.join(TEXTS)} {n}") for n in range(24)]

    def decide(comment: Comment) -> None:
        try:
            spam = comment.pk % 2 == 0
            (comment.spam if spam else comment.approve)(by=staff)
            if comment.pk % 3 == 0:
                comment.hold(by=staff)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(decide, comments))
    kept = [comment for comment in comments if comment.pk % 3]
    spam = sum(comment.pk % 2 == 0 for comment in kept)
    assert total() == (spam, len(kept) - spam)
    together = tables()[0]
    for comment in comments:
        lessons.unlearn(comment)
    for comment in kept:
        lessons.learn(comment, spam=comment.pk % 2 == 0)
    assert tables()[0] == together


def test_many_at_once_are_learned_as_one_by_one(article: Article) -> None:
    decided = [(held(article, text), number % 2 == 0) for number, text in enumerate(TEXTS)]
    for comment, spam in decided:
        lessons.learn(comment, spam=spam)
    one_by_one = tables()
    for comment, _ in decided:
        lessons.unlearn(comment)
    lessons.learn_all(decided)
    assert tables() == one_by_one


def test_a_decision_asks_for_a_new_line_once(article: Article, staff: User) -> None:
    held(article).spam(by=staff)
    due_at = Training.objects.get().due_at
    held(article, TEXTS[1]).approve(by=staff)
    assert Training.objects.get().due_at == due_at
