"""What stands beside the fields: the rules of the house, what is sent to whom, the boxes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backsite.newsletter_too import LABEL
from comments import privacy
from comments.models import Comment, Discussion
from newsletter.models import Signup
from newsletter.wording import PROMISE
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db

WORDS = {"text": "Is it bad?", "name": "Anna", "email": "Anna@example.org", "website": ""}


def page(client: Client) -> str:
    return client.get(make_article().get_absolute_url()).content.decode()


def test_the_rules_of_the_house_stand_beside_it(client: Client) -> None:
    assert "The rules of this discussion" not in page(client)
    Discussion(rules="Be *kind*.\n\n- no <b>advertising</b>").save()
    assert "<p>Be <em>kind</em>.</p><ul><li>no &lt;b&gt;advertising&lt;/b&gt;</li></ul>" in page(
        client
    )


def test_nothing_is_said_to_go_anywhere_while_nothing_does(client: Client, settings: Any) -> None:
    settings.AKISMET_KEY, settings.RECAPTCHA_ON, settings.MAIL_LEAVES = "", False, False
    assert privacy.lines() == [str(privacy.ALWAYS)]
    shown = page(client)
    assert str(privacy.ALWAYS) in shown
    assert "Akismet" not in shown


def test_it_says_what_is_sent_to_whom(client: Client, settings: Any) -> None:
    settings.AKISMET_KEY, settings.AKISMET_SENDS_EMAIL = "key", True
    settings.RECAPTCHA_ON, settings.RECAPTCHA_PUBLIC_KEY = True, "key"
    settings.MAIL_LEAVES = True
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    shown = page(client)
    assert "e-mail address, website, network address" in shown
    assert "Akismet (Automattic Inc., USA)" in shown
    assert "Google’s reCAPTCHA looks at your browser" in shown
    assert "carried by Postmark" in shown
    settings.AKISMET_SENDS_EMAIL = False
    assert "name, website, network address" in page(client)


def test_the_newsletter_is_asked_for_only_by_ticking(client: Client) -> None:
    article = make_article()
    client.post(f"/comments/on/{article.pk}/", WORDS)
    assert not Signup.objects.exists()
    sent = {**WORDS, "text": "Other words", "newsletter": "on"}
    client.post(f"/comments/on/{article.pk}/", sent)
    signup = Signup.objects.get()
    assert (signup.email, signup.source_page) == ("Anna@example.org", article.get_absolute_url())
    assert signup.wording == f"{LABEL}\n\n{PROMISE}\n[Post comment]"


def test_words_that_a_stranger_made_up_are_no_consent(client: Client) -> None:
    sent = {**WORDS, "newsletter": "on", "newsletter_seal": "Send me everything"}
    client.post(f"/comments/on/{make_article().pk}/", sent)
    assert Signup.objects.get().wording.startswith(str(LABEL))


def test_both_boxes_come_back_as_they_were(client: Client) -> None:
    sent = {**WORDS, "name": "", "newsletter": "on", "follow": "on"}
    shown = client.post(f"/comments/on/{make_article().pk}/", sent).content.decode()
    for name in ("newsletter", "follow"):
        box = shown.partition(f'name="{name}"')[2].partition(">")[0]
        assert "checked" in box
    away = client.post("/comments/on/99999/", sent).content.decode()
    for name in ("newsletter", "follow"):
        assert f'<input type="hidden" name="{name}" value="on">' in away


def test_a_comment_that_could_not_be_kept_signs_nobody_up(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a fault of ours")

    article = make_article()
    monkeypatch.setattr(Signup, "receive", broken)
    answer = client.post(f"/comments/on/{article.pk}/", {**WORDS, "newsletter": "on"})
    assert "went wrong on our side" in answer.content.decode()
    assert WORDS["text"] in answer.content.decode()
    assert not Comment.objects.exists(), "all or nothing: pressing again keeps both"


def test_a_page_in_parts_holds_nothing_of_others(client: Client) -> None:
    """What static/js/comments.js asks for: the comment just sent, or the form again."""
    article = make_article()
    make_comment(article, text="Somebody else", approved=False)
    address = f"/comments/on/{article.pk}/"
    kept = client.post(address, WORDS, headers={"x-part": "1"})
    assert (kept.status_code, "private" in kept.headers["Cache-Control"]) == (201, True)
    assert "Is it bad?" in kept.content.decode()
    assert "Somebody else" not in kept.content.decode()
    wrong = client.post(address, {**WORDS, "email": "x"}, headers={"x-part": "1"})
    assert wrong.status_code == 422
    assert "<html" not in wrong.content.decode()
    assert "not an e-mail address" in wrong.content.decode()


def test_no_public_page_differs_between_readers(client: Client) -> None:
    article = make_article()
    make_comment(article)
    for address in (article.get_absolute_url(), f"{article.get_absolute_url()}comments/newest/"):
        pages = {Client().get(address, headers={"user-agent": str(n)}).content for n in range(3)}
        assert len(pages) == 1
