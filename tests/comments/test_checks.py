"""What each check finds, in words a person understands, and what it leaves in peace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backsite.lib import disposable
from backsite.lib.bots import Submission, Vote
from backsite.lib.signs import votes_on_words
from backsite.lib.work import perform_due
from comments.filter.case import Case
from comments.filter.checks import CHECKS
from comments.filter.links import usual
from comments.filter.sketch import alike, sketch_of, words_of
from comments.models import Comment, Judgement, Reader
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

LONG = "My lower back has hurt for three weeks now, mostly in the morning when I get up."


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    usual.forget()
    yield
    usual.forget()


def new(text: str = LONG, *, address: str = "203.0.113.9", **fields: Any) -> Comment:
    sent = Submission(form="comment", address=address, user_agent="Firefox")
    words = {"name": "Anna", "email": "anna@example.org", "website": "", "parent": None}
    article = fields.pop("article", None) or make_article()
    return Comment.submit(sent, article=article, text=text, **{**words, **fields})


def says(check: str, comment: Comment) -> Vote | None:
    return CHECKS[check](Case(comment))


def reason(check: str, comment: Comment) -> str:
    vote = says(check, comment)
    assert vote is not None
    return vote.reason


def test_an_ordinary_comment_gets_no_vote_at_all() -> None:
    comment = new()
    assert [name for name in CHECKS if says(name, comment)] == []


# Links


def test_more_links_than_usual_are_counted_beside_what_is_usual() -> None:
    comment = new("Look: https://a.example www.b.example and (http://c.example/x).")
    assert reason("links", comment) == "3 links; 2 are usual here"
    assert says("links", new("Look: https://a.example and https://b.example")) is None


def test_what_is_usual_is_learned_from_what_the_site_published() -> None:
    article = make_article()
    for number in range(60):
        links = "https://a.example " * (4 if number % 10 == 0 else 0)
        make_comment(article, text=f"{links} number {number}")
    usual.forget()
    assert says("links", new("https://a.example " * 4)) is None
    assert reason("links", new("https://a.example " * 5)) == "5 links; 4 are usual here"


@pytest.mark.parametrize("markup", ['<a href="https://x.example">x</a>', "[url=https://x]x[/url]"])
def test_markup_of_other_systems_speaks_for_a_program(markup: str) -> None:
    assert says("link markup", new(f"Hello {markup}")) is not None


# Rate


def test_many_from_one_address_within_an_hour() -> None:
    for number in range(4):
        new(f"Number {number}", email=f"a{number}@example.org")
    assert reason("rate", new("The fifth")) == "4 others from the same address within an hour"
    assert says("rate", new("Elsewhere", address="198.51.100.1")) is None


def test_many_from_one_network_within_an_hour() -> None:
    for number in range(20):
        new(f"Number {number}", address=f"2001:db8:1:{number:x}::1")
    assert reason("rate", new("One more", address="2001:db8:1:ffff::2")) == (
        "20 others from the same network (2001:db8:1::/48) within an hour"
    )


def test_what_came_hours_before_does_not_count() -> None:
    for number in range(6):
        old = new(f"Number {number}")
        type(old.origin).objects.update(at=timezone.now() - timedelta(hours=2))
    assert says("rate", new("Today")) is None


# Hidden and look-alike characters


@pytest.mark.parametrize("text", ["via\u200bgra", "ca\u2060si\ufeffno", "\u202eorder\u202c now"])
def test_hidden_characters_are_found(text: str) -> None:
    assert [vote.check for vote in votes_on_words(text)] == ["hidden characters"]


@pytest.mark.parametrize(
    "text",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with its joiner
        "\u0915\u094d\u200d\u0937",  # Devanagari
        "\U0001f469\u200d\u2695\ufe0f a doctor",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # a flag
        "\ufeffPasted from a file",
        "\u05d0\u05d1\u200f (Hebrew)",
        "soft\u00adhyphen",
        "TNF\u03b1, NF-\u03baB, IL-1\u03b2, \u00b5g, 5 \u2126",
        "\u041c\u0420\u0422 \u043f\u043e\u043a\u0430\u0437\u0430\u043b\u0430 L5-S1",
        "SMS\u043a\u0430",
        "\u6162\u6027\u8170\u75db \uff21\uff22",
        "\ud55c\uad6d\uc5b4 \u0928\u092e\u0938\u094d\u0924\u0947",
    ],
)
def test_what_real_languages_need_is_left_in_peace(text: str) -> None:
    assert list(votes_on_words(text)) == []


@pytest.mark.parametrize(
    "text", ["c\u0430sin\u043e", "p\u0430yp\u0430l", "\U0001d400\U0001d401\U0001d402\U0001d403"]
)
def test_letters_that_only_look_like_others_are_shown(text: str) -> None:
    vote = next(votes_on_words(f"the best {text} today"))
    assert vote.check == "look-alike letters"
    assert text in vote.reason


# The same words again


def test_the_same_text_on_several_articles_says_how_many_and_when() -> None:
    for _ in range(3):
        first = new()
        says("repeated text", first)
    assert reason("repeated text", new()) == "The same text on 4 articles in an hour"


def test_a_few_changed_words_are_still_the_same_text() -> None:
    text = " ".join(f"word{number}" for number in range(60))
    says("repeated text", new(text, email="b@example.org"))
    vote = says("repeated text", new(text.replace("word30", "other"), email="c@example.org"))
    assert vote is not None
    assert "under 2 e-mail addresses" in vote.reason


def test_other_words_and_short_thanks_are_nobodys_repetition() -> None:
    says("repeated text", new("Thank you, this helped me!", email="b@example.org"))
    assert says("repeated text", new("Thank you, this helped me!")) is None
    says("repeated text", new(email="b@example.org"))
    assert says("repeated text", new("Since when does it hurt in the morning only? " * 2)) is None


def test_who_corrects_a_word_at_the_same_place_repeats_nothing() -> None:
    article = make_article()
    says("repeated text", new(LONG, article=article))
    assert says("repeated text", new(f"{LONG} Sorry!", article=article)) is None


def test_the_first_of_a_series_is_judged_again_when_the_series_shows() -> None:
    first = new(email="a@example.org")
    perform_due(Judgement)
    for number in range(5):
        new(email=f"b{number}@example.org")
    perform_due(Judgement)
    first.refresh_from_db()
    assert first.state == Comment.State.SPAM
    assert not Judgement.objects.filter(due_at__isnull=False).exists()


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_series_is_judged_to_its_end_and_not_for_ever(count: int) -> None:
    series = [new(email=f"b{number}@example.org") for number in range(count)]
    assert perform_due(Judgement, most=50) <= 3 * count
    assert not Judgement.objects.filter(due_at__isnull=False).exists()
    said = [one.votes.get(check_name="repeated text").evidence["comments"] for one in series]
    assert {len(others) for others in said} == {count - 1}  # each knows of all the others


def test_texts_without_spaces_have_words_too() -> None:
    japanese = (
        "\u8170\u306e\u75db\u307f\u304c\u4e09\u9031\u9593\u7d9a\u3044\u3066\u3044\u307e\u3059"
    )
    other = "\u6563\u6b69\u306f\u3068\u3066\u3082\u826f\u3044\u3067\u3059\u306d\u3001\u5148\u751f"
    assert alike(sketch_of(words_of(japanese)), sketch_of(words_of(japanese + "\u3002")))
    assert not alike(sketch_of(words_of(japanese)), sketch_of(words_of(other)))


# Who wrote it


def test_a_blocked_reader_is_spam_whatever_else_speaks_for_it() -> None:
    Reader.of("anna@example.org").block(by=make_staff())
    comment = new()
    comment.hear([Vote("Akismet", -9.0, "Not spam")])
    perform_due(Judgement)
    comment.refresh_from_db()
    assert comment.state == Comment.State.SPAM
    assert "Staff have blocked this address" in comment.judgement.because


def test_a_known_reader_needs_a_confirmed_address() -> None:
    staff = make_staff()
    new("The first").approve(by=staff)
    assert says("known reader", new("The second")) is None
    Reader.of("anna@example.org").confirm()
    assert reason("known reader", new("The third")) == (
        "1 earlier comment from this confirmed address was published"
    )


def test_earlier_spam_from_the_address_is_told_with_numbers() -> None:
    staff = make_staff()
    for text in ("One", "Two"):
        new(text).spam(by=staff)
    assert reason("earlier spam", new("Three")) == (
        "Staff marked 2 earlier comments from this address as spam, and published 0"
    )


def test_spam_by_machine_alone_speaks_against_nobody() -> None:
    new("One").spam(by=None)
    assert says("earlier spam", new("Two")) is None


@pytest.mark.parametrize(
    ("name", "website"),
    [
        ("best-chairs.com", ""),
        ("www.chairs.example", ""),
        ("Cheap Office Chairs", "https://cheap-office-chairs.example/"),
        ("where to buy good cheap chairs", "https://example.org/"),
    ],
)
def test_a_name_that_advertises(name: str, website: str) -> None:
    assert says("name", new(name=name, website=website)) is not None


@pytest.mark.parametrize(
    ("name", "website"),
    [
        ("Anna Smith", "https://annasmith.example/"),
        ("Dr. J. R. Ortega", "https://ortega-clinic.example/"),
        ("A.B.", "https://example.org/"),
        ("best-chairs", ""),
        ("María José de la Cruz", ""),
    ],
)
def test_a_name_of_a_person(name: str, website: str) -> None:
    assert says("name", new(name=name, website=website)) is None


def test_an_address_to_throw_away_names_its_service(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = frozenset({"throwaway.example"})
    monkeypatch.setattr(disposable, "_listed", lambda: listed)
    assert "at throwaway.example" in reason(
        "disposable address", new(email="x@mail.throwaway.example")
    )
    assert says("disposable address", new(email="x@example.org")) is None


def test_the_list_of_such_services_is_the_packages() -> None:
    pytest.importorskip(disposable.LIST)
    vote = disposable.vote_on_address("somebody@mailinator.com")
    assert vote is not None
