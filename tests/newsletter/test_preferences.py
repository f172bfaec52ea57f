"""The page on which people change what they get."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from newsletter.models import ConsentEvent, Letter, Signup, Subscriber
from tests.factories import make_topic

from .readers import (
    ANN,
    BROWSER,
    asked,
    do_what_is_due,
    link,
    mails,
    parsed,
    subscribed,
    templates,
    text_of,
)
from .test_letters import keys, make_letter

pytestmark = pytest.mark.django_db

ASK = "/newsletter/preferences/"


def save(client: Client, path: str, **fields: object) -> object:
    return client.post(path, {"do": "save", "frequency": "each", **fields}, follow=True)


@pytest.fixture
def letters() -> dict[str, Letter]:
    return {
        "weekly": make_letter("weekly", is_default=True, description="Mondays."),
        "answers": make_letter("answers", kind="answers"),
        "moving": make_letter("moving", kind="topic", topic=make_topic("Moving")),
    }


def test_it_shows_what_one_gets_and_why(client: Client, letters: dict[str, Letter]) -> None:
    subscriber = subscribed(client)
    response = client.get(subscriber.preferences_path)
    page = parsed(response.content)
    ticked = page.xpath("//input[@name='letters'][@checked]/@value")
    assert ticked == [str(letters["weekly"].pk)]
    assert len(page.xpath("//input[@name='letters']")) == 3
    said = text_of(response)
    assert "You joined on" in said
    assert "/articles/walking/" in said
    assert "a…@example.org" in said
    assert ANN not in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


def test_looking_changes_nothing(client: Client, letters: dict[str, Letter]) -> None:
    subscriber = subscribed(client)
    before = ConsentEvent.objects.count()
    for query in ("", "?do=pause", "?do=save"):
        client.get(f"{subscriber.preferences_path}{query}")
    assert ConsentEvent.objects.count() == before
    assert keys(subscriber) == ["weekly"]


def test_one_form_saves_letters_frequency_and_name(
    client: Client, letters: dict[str, Letter]
) -> None:
    subscriber = subscribed(client)
    chosen = [letters["answers"].pk, letters["moving"].pk]
    page = save(
        client, subscriber.preferences_path, letters=chosen, frequency="weekly", first_name=" Ann "
    )
    assert "Saved." in text_of(page)
    subscriber.refresh_from_db()
    assert keys(subscriber) == ["answers", "moving"]
    assert (subscriber.frequency, subscriber.first_name) == ("weekly", "Ann")
    verbs = set(ConsentEvent.objects.values_list("verb", "form"))
    assert {("choose", "preferences"), ("drop", "preferences")} <= verbs


def test_saving_twice_is_on_record_once(client: Client, letters: dict[str, Letter]) -> None:
    subscriber = subscribed(client)
    for _ in range(2):
        page = save(client, subscriber.preferences_path, letters=[letters["answers"].pk])
    assert "Nothing was different" in text_of(page)
    assert ConsentEvent.objects.filter(verb="choose").count() == 1


def test_what_cannot_be_is_refused_with_everything_kept(
    client: Client, letters: dict[str, Letter]
) -> None:
    path = subscribed(client).preferences_path
    page = client.post(
        path,
        {"do": "save", "letters": [letters["answers"].pk, "0 OR 1=1"], "first_name": "Ann",
         "frequency": "hourly"},
    )  # fmt: skip
    assert page.status_code == 422
    assert 'value="Ann"' in page.content.decode()
    assert client.post(path, {"do": "everything"}).status_code == 400
    assert keys(Subscriber.objects.get()) == ["weekly"]


def test_a_letter_that_is_not_offered_any_more_is_kept_by_who_has_it(
    client: Client, letters: dict[str, Letter]
) -> None:
    subscriber, other = subscribed(client), subscribed(client, "bea@example.org")
    other.choose([letters["answers"]])
    Letter.objects.filter(key="weekly").update(active=False)
    assert "Weekly" in text_of(client.get(subscriber.preferences_path))
    assert "Weekly" not in text_of(client.get(other.preferences_path))
    save(client, other.preferences_path, letters=[letters["weekly"].pk])
    assert keys(other) == ["answers"]


def test_a_pause_says_when_it_ends_and_ends_by_itself(client: Client) -> None:
    subscriber = subscribed(client)
    page = client.post(subscriber.preferences_path, {"do": "pause"}, follow=True)
    end = timezone.localtime(timezone.now() + timedelta(days=30))
    assert f"{end.day} {end:%B %Y}" in text_of(page)
    assert not Subscriber.objects.mailable().exists()
    Subscriber.objects.update(paused_until=timezone.now() - timedelta(seconds=1))
    assert Subscriber.objects.mailable().exists()
    assert "Pause for a month" in text_of(client.get(subscriber.preferences_path))


def test_the_page_of_somebody_who_left_or_never_confirmed_says_so(client: Client) -> None:
    asked(client)
    page = client.get(Subscriber.objects.get().preferences_path)
    assert "have not confirmed it yet" in text_of(page)
    subscriber = subscribed(client)
    old = subscriber.preferences_path
    subscriber.leave()
    assert client.get(old).status_code == 410
    assert "You get no letters" in text_of(client.get(subscriber.preferences_path))
    save(client, subscriber.preferences_path, letters=[Letter.objects.get().pk])
    assert keys(subscriber) == []


def test_the_link_comes_by_mail_to_whoever_is_on_the_list(client: Client) -> None:
    subscribed(client)
    Signup.objects.update(answered_at=timezone.now() - timedelta(minutes=16))
    page = client.post(ASK, {"email": ANN}, headers=BROWSER, follow=True)
    assert "If this address is on our list" in text_of(page)
    do_what_is_due()
    assert templates() == ["confirm", "welcome", "page"]
    opened = client.get(link(mails()[-1], "preferences"))
    assert "What you get" in text_of(opened)


def test_somebody_unknown_gets_no_mail_and_nothing_of_them_is_kept(client: Client) -> None:
    client.post(ASK, {"email": "who@example.org"}, headers=BROWSER)
    do_what_is_due()
    assert not mails("who@example.org")
    request = Signup.objects.get()
    assert (request.outcome, request.email) == ("nobody", "")


def test_all_forms_together_bring_one_mail_to_an_address(client: Client) -> None:
    asked(client)
    client.post(ASK, {"email": "ANN@example.org"}, headers=BROWSER)
    other = subscribed(client, "bea@example.org")
    client.post(other.preferences_path, {"do": "move", "email": ANN})
    do_what_is_due()
    assert templates() == ["confirm"]


def test_a_slip_and_a_bot_are_asked_once_more(client: Client) -> None:
    page = client.post(ASK, {"email": "ann@gmial.com"}, headers=BROWSER)
    assert "Did you mean ann@gmail.com?" in text_of(page)
    page = client.post(ASK, {"email": ANN, "homepage_title": "x"}, headers=BROWSER)
    assert page.status_code == 422
    assert "press the button once more" in text_of(page)
    assert "at example.org" not in text_of(page)


def test_the_page_asks_the_database_no_more_often_for_more_letters(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    subscriber = subscribed(client)
    for number in range(8):
        make_letter(f"letter-{number}", position=number)
    with django_assert_max_num_queries(10):
        client.get(subscriber.preferences_path)
