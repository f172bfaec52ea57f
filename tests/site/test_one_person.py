"""What all rooms hold about one person: to read, to take along, to have deleted."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from articles.models import Feedback
from backsite import one_person
from backsite.lib.mail.models import Message
from comments.models import Comment, Reader
from newsletter.models import ConsentEvent, Signup, Subscriber, Suppression
from tests.factories import make_article, make_comment, make_staff
from tests.newsletter.readers import BROWSER, do_what_is_due, mails, make_book, subscribed, text_of

pytestmark = pytest.mark.django_db

ANN = "ann@example.org"
STAFF = "/admin/one-person/"


@pytest.fixture
def ann(client: Client) -> Subscriber:
    """Subscribed, with a book, two comments (one answered), a mark in a form, and mails."""
    make_book()
    subscriber = subscribed(client, first_name="Annabella")
    article = make_article("Walking")
    staff = make_staff()
    asked = make_comment(article, name="Annabella", email="Ann@Example.org", text="Does it help?")
    asked.answer(by=staff, text="It does.")
    make_comment(article, name="Annabella", email=ANN, text="Thank you so much.")
    make_comment(article, name="Berta", email="bea@example.org", text="I like it too.")
    Reader.of(ANN).note("Writes often.", by=staff)
    Feedback.objects.create(article=article, kind="mistake", words="A slip.", email=ANN)
    do_what_is_due()
    return subscriber


def your_data(subscriber: Subscriber) -> str:
    """What the mail leads to that they ask for."""
    asked = Signup.objects.create(kind=Signup.Kind.DATA, email=subscriber.email, form="data-link")
    return asked.data_path


def rows_with(*words: str) -> list[str]:
    """Every table that still holds one of the words anywhere."""
    found = []
    for model in apps.get_models():
        rows = str(list(model._base_manager.values())).lower()
        found += [f"{model._meta.label}: {word}" for word in words if word.lower() in rows]
    return found


def test_the_page_shows_all_rooms_and_gives_a_copy(client: Client, ann: Subscriber) -> None:
    Signup.objects.update(answered_at=timezone.now() - timedelta(minutes=16))
    for _ in range(2):
        page = client.post(ann.preferences_path, {"do": "data"}, headers=BROWSER, follow=True)
    assert "/your-data/" not in page.content.decode()  # who has a letter has this page
    do_what_is_due()
    (mail,) = [mail for mail in mails(ANN) if mail.template.endswith("/data")]
    path = re.findall(r"https?://[^/\s]+(/your-data/\S+)", mail.text)[0]
    said = text_of(client.get(path))
    for words in ("Does it help?", "A slip.", "Writes often.", "/articles/walking/", "Sign me up!"):
        assert words in said, words
    assert "I like it too." not in said
    answer = client.get(f"{your_data(ann)}?json")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    copy = json.loads(answer.content)
    assert set(copy) == {"newsletter", "comments", "articles", "mails to you"}
    kinds = {row["what"] for rows in copy.values() for row in rows}
    assert {"subscriber", "proof of consent", "book handed over", "comment", "mail"} <= kinds
    assert "bea@example.org" not in answer.content.decode()


def test_every_address_of_a_table_is_asked_for() -> None:
    """Whoever adds a column for addresses decides what the export and the erasure do with it."""
    columns = {
        f"{model._meta.label_lower}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.concrete and type(field).__name__ == "EmailField"
    }
    assert columns - KNOWN == set()


# Kept, told and erased by the rooms' personal.py and kept.py, but for the last ones, which
# hold no reader's address or are emptied when their work is done.
KNOWN = {
    "newsletter.subscriber.email",
    "newsletter.signup.email",
    "newsletter.move.old_email",
    "newsletter.move.new_email",
    "newsletter.suppression.email",
    "comments.comment.email",
    "comments.reader.email",
    "articles.feedback.email",
    "comments.linkrequest.email",
    "auth.user.email",
}


def test_the_link_is_worth_nothing_after_a_day(client: Client, ann: Subscriber) -> None:
    path = your_data(ann)
    with freeze_time(timezone.now() + timedelta(hours=25)):
        answer = client.post(path, {"sure": "yes"})
    assert answer.status_code == 410
    assert client.get(path.replace("/your-data/", "/newsletter/preferences/")).status_code == 404
    assert Comment.objects.written_by(ANN).count() == 2


def test_looking_and_pressing_without_the_box_delete_nothing(
    client: Client, ann: Subscriber
) -> None:
    client.get(f"{your_data(ann)}?sure=yes")
    page = client.post(your_data(ann))
    assert "Nothing was deleted" in text_of(page)
    assert Comment.objects.written_by(ANN).count() == 2


def test_deleting_takes_the_person_out_of_every_table(client: Client, ann: Subscriber) -> None:
    proofs = ConsentEvent.objects.count()
    path = your_data(ann)
    assert "It is deleted" in text_of(client.post(path, {"sure": "yes"}))
    assert client.post(path, {"sure": "yes"}).status_code == 410
    assert rows_with(ANN, "annabella", "Does it help?", "so much", "A slip", "often") == []
    assert ConsentEvent.objects.count() > proofs  # that they agreed, left and were erased
    assert Comment.objects.filter(text="It does.").exists()
    said = text_of(client.get(make_article_path()))
    assert "It does." in said
    assert "taken back by its writer" in said
    assert Comment.objects.filter(text="I like it too.").exists()


def make_article_path() -> str:
    return str(Comment.objects.get(text="It does.").article.get_absolute_url())


def test_an_address_that_must_get_no_mail_stays_known(client: Client, ann: Subscriber) -> None:
    Suppression.suppress(ANN, "complaint")
    one_person.erase(ANN, by=None, why="")
    assert Suppression.objects.holds(ANN)
    assert Subscriber.objects.erased_with(ANN).exists()


def test_staff_look_it_up_and_erase_it_with_a_reason(admin_client: Client, ann: Subscriber) -> None:
    assert STAFF in admin_client.get("/admin/").content.decode()
    assert "Does it help?" in text_of(admin_client.get(STAFF, {"email": " ANN@example.org "}))
    assert "Nothing is held" in text_of(admin_client.get(STAFF, {"email": "who@example.org"}))
    assert admin_client.get(STAFF, {"email": "ann"}).status_code == 422
    refused = admin_client.post(STAFF, {"email": ANN, "why": " "})
    assert "Say why" in text_of(refused)
    assert Comment.objects.written_by(ANN).exists()
    page = admin_client.post(STAFF, {"email": ANN, "why": "asked by mail"}, follow=True)
    assert "is erased" in text_of(page)
    assert ConsentEvent.objects.filter(verb="erase", actor="admin", why="asked by mail").exists()
    assert rows_with(ANN) == []


def test_who_may_not_change_all_of_it_may_not_open_it(client: Client) -> None:
    client.force_login(User.objects.create_user("eve", is_staff=True))
    eve = client.get(STAFF)
    assert eve.status_code == 403


def test_somebody_who_only_commented_sees_and_deletes_it_without_us(
    client: Client, ann: Subscriber
) -> None:
    sent = {"email": "Bea@example.org"}
    page = client.post("/your-data/", sent, headers=BROWSER, follow=True)
    assert "check your inbox" in text_of(page)
    do_what_is_due()
    (mail,) = mails("bea@example.org")
    path = re.findall(r"https?://[^/\s]+(/your-data/\S+)", mail.text)[0]
    assert "bea" not in path  # logs of web servers keep paths
    said = text_of(client.get(path))
    assert "I like it too." in said
    assert "Back to your page" not in said  # they have none
    client.post(path, {"sure": "yes"})
    assert rows_with("bea@example.org", "I like it too.") == []
    assert client.get(path).status_code == 410
    assert Comment.objects.written_by(ANN).count() == 2


def test_nobody_learns_whether_anything_is_held(client: Client, ann: Subscriber) -> None:
    answers = set()
    for name in ("ann", "bea", "who"):
        answer = client.post("/your-data/", {"email": f"{name}@example.org"}, headers=BROWSER)
        answers.add((answer.status_code, answer.headers["Location"], answer.content))
    do_what_is_due()
    assert len(answers) == 1
    assert not mails("who@example.org")
    assert rows_with("who@example.org") == []  # nothing is kept of a stranger


def test_somebody_who_only_commented_is_found_too(ann: Subscriber) -> None:
    held = one_person.held("bea@example.org")
    assert set(held) == {"comments"}
    one_person.erase("bea@example.org", by=None, why="")
    assert one_person.held("bea@example.org") == {}
    assert not Signup.objects.filter(email="bea@example.org").exists()
    assert Message.objects.to_person("bea@example.org").count() == 0
    assert mails(ANN)
