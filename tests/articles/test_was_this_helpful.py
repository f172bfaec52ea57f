"""Readers say whether an article helped and what is wrong; nothing they type is lost."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from articles.models import Article, Feedback
from articles.models.feedback import COUNTED_A_DAY, TAKEN_A_DAY
from tests.factories import make_article, make_staff

pytestmark = pytest.mark.django_db

WORDS = "The dose in part 2 is <wrong> & dangerous."
BROWSER = {"user-agent": "tests"}


def send(client: Client, article: Article, **fields: Any) -> Any:
    headers = fields.pop("headers", BROWSER)
    address = fields.pop("address", "203.0.113.9")
    return client.post(
        f"/feedback/{article.pk}/", fields, headers=headers, REMOTE_ADDR=address, follow=True
    )


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


@pytest.mark.parametrize("kind", ["helpful", "unhelpful"])
def test_a_verdict_is_held_against_the_text_that_was_read(client: Client, kind: str) -> None:
    article = make_article()
    answer = send(client, article, kind=kind)
    assert "<h1>Thank you</h1>" in text(answer)
    said = Feedback.objects.get()
    assert (said.kind, said.words, said.counted, said.state) == (kind, "", True, "done")
    assert said.content_hash == article.content_hash()
    assert said.revision == article.revision


def test_the_form_stands_under_an_article_and_under_no_draft(client: Client) -> None:
    page = client.get(make_article().get_absolute_url())
    assert "Was this helpful?" in text(page)
    assert not page.cookies
    assert not client.cookies


def test_words_about_a_mistake_wait_for_staff(client: Client) -> None:
    send(client, make_article(), kind="mistake", words=WORDS, email="ann@example.org")
    said = Feedback.objects.get()
    assert (said.words, said.email, said.is_open) == (WORDS, "ann@example.org", True)


def test_words_may_go_along_with_a_verdict(client: Client) -> None:
    send(client, make_article(), kind="unhelpful", words=WORDS)
    assert Feedback.objects.get().is_open


def test_nothing_of_the_count_is_public(client: Client) -> None:
    article = make_article()
    before = client.get(article.get_absolute_url()).content
    send(client, article, kind="helpful")
    assert client.get(article.get_absolute_url()).content == before


def test_looking_at_the_thanks_changes_nothing(client: Client) -> None:
    article = make_article()
    assert client.get(f"/feedback/{article.pk}/").status_code == 405
    client.get(f"/feedback/{article.pk}/thanks/")
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"words": ""}, "Tell us what is wrong"),
        ({"email": "ann@"}, "This is not an e-mail address"),
        ({"words": WORDS + "x" * 5_000}, "at most 5000 characters"),
        ({"words": WORDS + "\x00"}, "Null characters are not allowed"),
    ],
)
def test_a_mistake_in_the_form_brings_it_back_as_it_was(
    client: Client, changes: dict[str, str], complaint: str
) -> None:
    sent = {"kind": "mistake", "words": WORDS, "email": "ann@example.org", **changes}
    answer = send(client, make_article(), **sent)
    assert answer.status_code == 422
    assert complaint in text(answer)
    assert sent["words"].replace("\x00", "") in text(answer).replace("\x00", "")
    assert sent["email"] in text(answer)
    assert not Feedback.objects.exists()


def test_words_that_another_website_sent_come_back_to_be_looked_at(client: Client) -> None:
    article = make_article()
    strange = {**BROWSER, "sec-fetch-site": "cross-site"}
    answer = send(client, article, kind="mistake", words=WORDS, headers=strange)
    assert (answer.status_code, WORDS in text(answer)) == (403, True)
    assert "sent from another website" in text(answer)
    assert not Feedback.objects.exists()


def test_a_database_that_is_away_hands_the_words_back(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = make_article()

    def gone(*args: object, **kwargs: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Feedback, "receive", gone)
    key = str(uuid4())
    answer = send(client, article, kind="mistake", words=WORDS, email="a@e.org", submission_key=key)
    assert answer.status_code == 503
    assert "Everything you typed is below." in text(answer)
    for kept in (WORDS, 'value="a@e.org"', 'value="mistake"', f'value="{key}"'):
        assert kept in text(answer)


def test_an_article_that_is_gone_hands_the_words_back(client: Client) -> None:
    draft = make_article(published=False)
    assert WORDS in text(send(client, draft, kind="mistake", words=WORDS))
    assert not Feedback.objects.exists()


def test_words_about_an_article_withdrawn_meanwhile_are_kept(client: Client) -> None:
    article = make_article()
    article.withdraw(by=None)
    assert "<h1>Thank you</h1>" in text(send(client, article, kind="mistake", words=WORDS))
    assert Feedback.objects.get().words == WORDS


def test_sent_twice_is_once_and_other_words_are_never_dropped(client: Client) -> None:
    article, key = make_article(), str(uuid4())
    for _ in range(2):
        send(client, article, kind="mistake", words=WORDS, submission_key=key)
    assert Feedback.objects.count() == 1
    send(client, article, kind="mistake", words="Something else.", submission_key=key)
    assert Feedback.objects.count() == 2
    for _ in range(2):
        send(client, article, kind="mistake", words="Without a key.")
    assert Feedback.objects.count() == 3


def test_what_fills_in_the_trap_is_kept_and_not_counted(client: Client) -> None:
    article = make_article()
    send(client, article, kind="helpful", homepage_title="Buy now")
    send(client, article, kind="mistake", words=WORDS, homepage_title="Buy now")
    assert [said.counted for said in Feedback.objects.all()] == [False, False]
    assert "hidden field" in Feedback.objects.with_words().get().doubts
    assert Feedback.objects.verdicts(article.content_hash())["yes"] == 0


def test_a_button_pressed_at_once_is_no_bot(client: Client) -> None:
    send(client, make_article(), kind="helpful", elapsed="40")
    assert Feedback.objects.get().counted


def test_one_network_counts_a_few_times_a_day_and_another_still_counts(client: Client) -> None:
    article = make_article()
    for _ in range(COUNTED_A_DAY + 2):
        send(client, article, kind="unhelpful")
    assert Feedback.objects.count() == COUNTED_A_DAY + 2
    assert Feedback.objects.counted().count() == COUNTED_A_DAY
    send(client, article, kind="helpful", address="203.0.113.10")
    send(client, make_article(), kind="helpful")
    assert Feedback.objects.counted().count() == COUNTED_A_DAY + 2


def test_above_the_limit_of_a_day_words_come_back(client: Client) -> None:
    article = make_article()
    send(client, article, kind="helpful")
    one = Feedback.objects.get()
    one.pk = None
    Feedback.objects.bulk_create(
        Feedback(article=article, kind="helpful", content_hash="", state="done", sender=one.sender)
        for _ in range(TAKEN_A_DAY)
    )
    answer = send(client, article, kind="mistake", words=WORDS)
    assert (answer.status_code, WORDS in text(answer)) == (429, True)
    assert "until tomorrow" in text(answer)
    assert not Feedback.objects.with_words().exists()
    send(client, article, kind="mistake", words=WORDS, address="203.0.113.10")
    assert Feedback.objects.with_words().exists()


def test_no_address_is_stored_and_its_hash_only_for_the_day(client: Client) -> None:
    article = make_article()
    send(client, article, kind="helpful")
    said = Feedback.objects.get()
    columns = [str(getattr(said, field.attname)) for field in said._meta.concrete_fields]
    assert not any("203.0.113" in column for column in columns)
    assert len(said.sender) == 64
    Feedback.objects.update(created_at=timezone.now() - timedelta(days=1))
    send(client, article, kind="helpful")
    assert [len(said.sender) for said in Feedback.objects.order_by("created_at")] == [0, 64]


def test_verdicts_are_counted_for_the_text_as_it_stands_and_ever(client: Client) -> None:
    article = make_article()
    send(client, article, kind="helpful")
    article.body = "<p>Rewritten.</p>"
    article.save()
    send(client, article, kind="unhelpful")
    send(client, article, kind="mistake", words=WORDS)
    assert Feedback.objects.about(article).verdicts(article.content_hash()) == {
        "yes": 1,
        "no": 1,
        "yes_now": 0,
        "no_now": 1,
    }


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def test_staff_see_it_beside_the_article_and_in_a_list(client: Client, staff: User) -> None:
    article = make_article()
    send(client, article, kind="helpful")
    send(client, article, kind="mistake", words=WORDS)
    beside = text(client.get(f"/admin/articles/article/{article.pk}/change/"))
    assert "<strong>1 yes, 0 no</strong>" in beside
    assert WORDS in beside
    listed = text(client.get(f"/admin/articles/feedback/?article__id__exact={article.pk}"))
    assert WORDS in listed
    assert "(no words)" in listed


def test_staff_finish_and_reopen_with_an_event_each(client: Client, staff: User) -> None:
    send(client, make_article(), kind="mistake", words=WORDS)
    said = Feedback.objects.get()
    address = f"/admin/articles/feedback/{said.pk}/change/"
    assert WORDS in text(client.get(address))
    for button, why in (("_finish", "corrected"), ("_finish", "twice"), ("_reopen", "")):
        client.post(address, {button: "1", "why": why})
    said.refresh_from_db()
    assert said.is_open
    assert said.words == WORDS
    events = [(event.verb, event.actor, event.why) for event in said.events.all()]
    assert events == [("finish", "ada", "corrected"), ("reopen", "ada", "")]
    client.post(
        "/admin/articles/feedback/", {"action": "finish_selected", "_selected_action": [said.pk]}
    )
    said.refresh_from_db()
    assert not said.is_open


def test_the_list_does_not_cost_more_queries_with_more_in_it(
    client: Client, staff: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        send(client, make_article(), kind="mistake", words=f"Words {number}")
    with django_assert_max_num_queries(8):
        assert "Words 11" in text(client.get("/admin/articles/feedback/"))


@pytest.mark.django_db(transaction=True)
def test_in_the_browser_it_is_said_without_leaving_the_page(page: Page) -> None:
    article = make_article()
    page.goto(article.get_absolute_url())
    page.get_by_text("Something is wrong here").click()
    page.get_by_label("What is wrong, and where?").fill(WORDS)
    page.get_by_label("E-mail (optional)").first.fill("ann@")
    page.get_by_role("button", name="Tell us").click()
    expect(page.get_by_label("What is wrong, and where?")).to_have_value(WORDS)
    expect(page.get_by_role("alert")).to_contain_text("This is not an e-mail address")
    page.get_by_label("E-mail").fill("")
    page.get_by_role("button", name="Tell us").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Feedback.objects.get().words == WORDS
    page.goto(article.get_absolute_url())
    page.get_by_role("button", name="Yes, it helped").click()
    expect(page.locator("#helpful")).to_have_text("Thank you. We read every word.")
    assert page.url.endswith(article.get_absolute_url())
    assert Feedback.objects.filter(kind="helpful").count() == 1


@pytest.mark.django_db(transaction=True)
def test_in_the_browser_an_error_of_a_verdict_keeps_which_it_was(page: Page) -> None:
    article = make_article()
    page.goto(article.get_absolute_url())
    page.get_by_text("Add a few words").click()
    page.get_by_label("What helped, or what was missing?").fill("x" * 5_001)
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("at most 5000 characters")
    page.get_by_label("What helped, or what was missing?").fill("Shorter.")
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert [(said.kind, said.words) for said in Feedback.objects.all()] == [
        ("unhelpful", "Shorter.")
    ]


@pytest.mark.django_db(transaction=True)
def test_without_javascript_a_page_says_thanks(page_without_js: Page) -> None:
    article = make_article()
    page_without_js.goto(article.get_absolute_url())
    page_without_js.get_by_text("Add a few words").click()
    page_without_js.get_by_label("What helped, or what was missing?").fill("The pictures.")
    page_without_js.get_by_role("button", name="Yes, it helped").click()
    expect(page_without_js.get_by_role("heading", name="Thank you")).to_be_visible()
    said = Feedback.objects.get()
    assert (said.kind, said.words) == ("helpful", "The pictures.")
