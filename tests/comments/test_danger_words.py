"""Words that mean danger: a person sees them first, and their writer is told where to turn to."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from articles.models import Article
from comments.danger import found_in
from comments.models import Alert, AlertChoice, Comment, DangerWord, Discussion
from comments.models.attention import NeedsReason
from comments.models.danger import safety_text_for
from comments.safety_words import BEGINNINGS, STARTING_WORDS
from tests.comments.alerting import go_round
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

ALARM = "Since yesterday I have LOST control of my bladder."


@pytest.fixture(autouse=True)
def words() -> None:
    DangerWord.objects.bulk_create(DangerWord(words=words) for words in STARTING_WORDS)


@pytest.fixture
def article() -> Article:
    return make_article()


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("I don’t want to live", "don't want to live"),
        ("dont  want\nto live!", "don't want to live"),
        ("Ich will nicht mehr leben.", "nicht mehr leben"),
        ("J'ai des idées suicidaires", "idees suicidaires"),
        ("Estoy pensando en el SUICIDIO", "suicid*"),
        ("もう死にたいです。腰も痛い", "死にたい"),
        ("لا أريد أن أَعِيش", "أريد أن أعيش"),
        ("Не хочу жить…", "не хочу жить"),
        ("su\u00adici\u200bdal", "suicid*"),
    ],
)
def test_words_are_found_in_any_language_and_spelling(text: str, phrase: str) -> None:
    assert found_in(text, [phrase]) == [phrase]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("The diet wants to diversify", "want to die"),
        ("my studied legs", "die"),
        ("pesticides", "suicid*"),
        ("", "die"),
        ("!!!", "***"),
    ],
)
def test_parts_of_other_words_are_not(text: str, phrase: str) -> None:
    assert found_in(text, [phrase]) == []


def test_such_a_comment_comes_first_and_is_told_at_once_even_to_a_digest(article: Article) -> None:
    ada = make_staff("ada")
    AlertChoice.choose(ada, how="digest", digest_hour=8)
    AlertChoice.objects.update(last_letter_at=timezone.now() - timedelta(seconds=5))
    old = make_comment(article, approved=False)
    alarm = make_comment(article, approved=False, text=ALARM)
    assert list(Comment.objects.on_the_desk()) == [alarm, old]
    [letter] = go_round()
    assert letter.subject.startswith("Words of danger: ")
    assert ALARM in letter.text
    assert go_round() == []
    assert Alert.objects.filter(kind="danger").count() == 1


def test_the_checks_cannot_hide_it(article: Article) -> None:
    make_staff("ada")
    alarm = make_comment(article, approved=False, text=ALARM)
    alarm.spam(by=None)
    assert alarm in Comment.objects.on_the_desk()
    assert len(go_round()) == 1


@pytest.mark.parametrize("verb", ["close", "trash", "spam"])
def test_it_is_not_put_away_without_an_answer_or_a_reason(article: Article, verb: str) -> None:
    ada = make_staff("ada")
    alarm = make_comment(article, text=ALARM)
    with pytest.raises(NeedsReason):
        getattr(alarm, verb)(by=ada)
    with pytest.raises(NeedsReason):
        alarm.approve(by=ada, needs_answer=False)
    alarm.refresh_from_db()
    assert alarm.awaits_answer
    getattr(alarm, verb)(by=ada, why="I talked to her on the telephone")
    assert alarm not in Comment.objects.on_the_desk()


def test_an_answer_is_enough(article: Article) -> None:
    ada = make_staff("ada")
    alarm = make_comment(article, approved=False, text=ALARM)
    alarm.answer("Please go to an emergency department now.", by=ada)
    assert alarm not in Comment.objects.on_the_desk()


def test_its_writer_is_told_in_the_words_of_the_site_or_of_the_entry(article: Article) -> None:
    alarm = make_comment(article, text=ALARM)
    assert "emergency" in safety_text_for(alarm)
    Discussion(safety_text="Call 112 now.").save()
    assert safety_text_for(alarm) == "Call 112 now."
    DangerWord.objects.filter(words="lost control of my bladder").update(advice="Go to hospital.")
    assert safety_text_for(alarm) == "Go to hospital."
    assert safety_text_for(make_comment(article)) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I cannot feel my legs", "emergency department now"),
        ("I am numb between the legs since Monday", "emergency department now"),
        ("i lost control of my bowels", "emergency department now"),
        ("Some days I wish to die.", "crisis line"),
        ("Ich spüre meine Beine nicht", "Notaufnahme"),
        ("Ich will sterben", "Krisentelefon"),
        ("Je ne sens plus mes jambes", "urgences"),
        ("j’ai envie de mourir", "ligne d’écoute"),
        ("No siento mis piernas", "urgencias"),
        ("Quiero morir", "línea de ayuda"),
    ],
)
def test_the_list_begins_with_words_that_say_where_to_turn(
    article: Article, text: str, told: str
) -> None:
    DangerWord.objects.all().delete()
    migration = import_module("comments.migrations.0017_danger_words_say_where_to_turn")
    migration.say_where_to_turn(apps, None)
    alarm = make_comment(article, text=text)
    assert told in safety_text_for(alarm)
    assert "\n\n" in safety_text_for(alarm)


def test_a_site_with_a_text_of_its_own_goes_on_telling_that(article: Article) -> None:
    Discussion(safety_text="Call 112 now.").save()
    migration = import_module("comments.migrations.0017_danger_words_say_where_to_turn")
    migration.say_where_to_turn(apps, None)
    assert safety_text_for(make_comment(article, text="I cannot feel my legs")) == "Call 112 now."


def test_no_phrase_is_on_the_list_twice_or_finds_itself_not() -> None:
    assert len(set(STARTING_WORDS)) == len(STARTING_WORDS)
    for advice, words in BEGINNINGS:
        assert found_in(" / ".join(words), words) == list(words), advice


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (
            {"words": "numb feet", "advice": "Call <b>112</b>."},
            "<p>Call &lt;b&gt;112&lt;/b&gt;.</p>",
        ),
        ({"words": "numb feet", "advice": " "}, "local emergency number"),
        ({"safety_text": "See https://help.example.org now"}, 'href="https://help.example.org"'),
    ],
)
def test_staff_see_what_its_writer_would_see_and_nothing_is_saved(
    client: Client, sent: dict[str, str], told: str
) -> None:
    ada = make_staff("ada")
    client.force_login(ada)
    for form in ("/admin/comments/dangerword/add/", "/admin/comments/discussion/1/change/"):
        page = client.get(form).content.decode()
        assert 'formaction="/admin/comments/dangerword/preview/"' in page
    page = client.post("/admin/comments/dangerword/preview/", sent).content.decode()
    assert "Please read this first" in page
    assert told in page
    assert not DangerWord.objects.filter(words="numb feet").exists()
    assert not Discussion.objects.exists()
    ada.is_superuser = False
    ada.save()
    assert client.post("/admin/comments/dangerword/preview/", sent).status_code == 403


def test_an_entry_no_longer_in_use_finds_nothing(article: Article) -> None:
    DangerWord.objects.update(in_use=False)
    assert not make_comment(article, text=ALARM).danger


def post(client: Client, article: Article, text: str) -> str:
    sent = {"text": text, "name": "Hanna", "email": "h@example.org"}
    answer = client.post(f"/comments/on/{article.pk}/", sent, follow=True)
    return answer.content.decode()


def test_the_page_after_posting_says_it_at_once_and_only_there(
    client: Client, article: Article
) -> None:
    page = post(client, article, ALARM)
    assert "Please read this first" in page
    assert "Please read this first" not in post(client, article, "A calm question")
    comment = Comment.objects.get(text=ALARM)
    comment.approve(by=None)
    assert "Please read this first" not in client.get(article.get_absolute_url()).content.decode()


def test_addresses_in_it_can_be_followed_and_nothing_else_is_html(
    client: Client, article: Article
) -> None:
    Discussion(safety_text="Call <b>112</b>.\n\nOr see https://help.example.org.").save()
    page = post(client, article, ALARM)
    assert 'href="https://help.example.org"' in page
    assert "<p>Call &lt;b&gt;112&lt;/b&gt;.</p>" in page


def test_also_when_it_was_published_before_the_page_came(client: Client, article: Article) -> None:
    sent = {"text": ALARM, "name": "Hanna", "email": "h@example.org"}
    answer = client.post(f"/comments/on/{article.pk}/", sent)
    Comment.objects.get().approve(by=None)
    page = client.get(answer["Location"]).content.decode()
    assert "Please read this first" in page
    assert "See it on the page" in page


def test_it_is_not_told_in_a_web_address_or_to_anybody_else(
    client: Client, article: Article
) -> None:
    post(client, article, ALARM)
    assert "bladder" not in client.get(article.get_absolute_url()).content.decode()


@pytest.mark.django_db(transaction=True)
def test_in_the_browser_without_javascript(page_without_js: Page) -> None:
    DangerWord.objects.get_or_create(words="lost control of my bladder")
    page = page_without_js
    page.goto(make_article().get_absolute_url())
    page.get_by_label("Your comment or question").fill(ALARM)
    form = page.locator("#respond")
    form.get_by_label("Name").fill("Hanna")
    form.get_by_label("E-mail").fill("hanna@example.org")
    page.get_by_role("button", name="Post comment").click()
    expect(page.get_by_role("alert")).to_contain_text("Please read this first")


def test_a_change_of_the_list_is_written_down(client: Client) -> None:
    root: User = make_staff("root")
    client.force_login(root)
    client.post("/admin/comments/dangerword/add/", {"words": "a", "advice": "", "in_use": "on"})
    assert not DangerWord.objects.filter(words="a").exists()
    sent = {"words": "numb feet", "advice": "", "in_use": "on"}
    client.post("/admin/comments/dangerword/add/", sent)
    log = client.get("/admin/comments/settingchange/").content.decode()
    assert "numb feet" in log
    assert "root" in log
