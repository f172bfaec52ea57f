"""What the mails of the site look like, whoever sends them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from articles.models import Site
from backsite.lib.mail.models import Message
from tests.factories import make_article, make_comment, make_staff

from .readers import do_what_is_due, make_book, parsed, sign_up, subscribed

pytestmark = pytest.mark.django_db


@pytest.fixture
def every_mail(client: Client) -> list[Message]:
    """One of each kind."""
    Site.objects.create(
        name="Ann & Ben's", newsletter_title="Q & A <weekly>", postal_address="1 High Street\nTown"
    )
    make_book("Backs & “sides”")
    subscribed(client, first_name="Zoë")
    from newsletter.models import Signup

    Signup.objects.update(answered_at=None)
    sign_up(client)
    question = make_comment(make_article("Walking & more"), text="Is 1 < 2 & so on?", name="O'Neil")
    question.answer("Yes, 1 < 2.\n\nSee https://example.org/a?b=1&c=2", by=make_staff())
    do_what_is_due()
    mails = list(Message.objects.order_by("pk"))
    kinds = {mail.template.rpartition("/")[2] for mail in mails}
    assert kinds == {"confirm", "welcome", "already", "answered"}
    return mails


def test_the_text_part_is_text(every_mail: list[Message]) -> None:
    for mail in every_mail:
        words = mail.subject + mail.text
        assert not re.search(r"&(amp|lt|gt|quot|#\d+);|<(p|a|br|div)\b", words), words
        assert "{{" not in words
        assert "\n\n\n" not in mail.text
    assert "Q & A <weekly>" in every_mail[0].subject


def test_the_html_part_says_the_same_and_escapes_what_people_wrote(
    every_mail: list[Message],
) -> None:
    for mail in every_mail:
        page = parsed(mail.html)
        links = set(page.xpath("//a/@href"))
        in_text = set(re.findall(r"https?://\S+/newsletter/\S+", mail.text))
        assert in_text <= links
        assert "<weekly>" not in mail.html
        assert page.xpath("//title")[0].text == mail.subject


def test_it_can_be_read_without_pictures_and_loads_nothing(every_mail: list[Message]) -> None:
    for mail in every_mail:
        page = parsed(mail.html)
        assert not page.xpath("//img | //link | //script | //iframe")
        assert "url(" not in mail.html


def test_its_style_stands_in_its_elements_and_it_knows_the_dark(every_mail: list[Message]) -> None:
    for mail in every_mail:
        page = parsed(mail.html)
        assert "prefers-color-scheme: dark" in mail.html
        assert "background-color" in page.xpath("//div[@class='paper']/@style")[0]
        assert "560px" in page.xpath("//div[@class='sheet']/@style")[0]


def test_it_says_why_it_came(every_mail: list[Message]) -> None:
    for mail in every_mail:
        assert "You get this" in mail.text
        assert "You get this" in mail.html


def test_letters_name_the_postal_address_and_the_way_to_leave(every_mail: list[Message]) -> None:
    for mail in every_mail:
        assert "1 High Street\nTown" in mail.text
        is_letter = mail.template.endswith(("welcome", "already"))
        assert ("/newsletter/leave/" in mail.text) is is_letter
        assert ("/newsletter/leave/" in mail.html) is is_letter
        # An answer to a comment has a way out of its own: no more mails about comments.
        answers = mail.template.endswith("answered")
        assert ("List-Unsubscribe" in mail.headers) is (is_letter or answers)


def test_no_robot_answers_it(every_mail: list[Message]) -> None:
    assert {mail.headers["Auto-Submitted"] for mail in every_mail} == {"auto-generated"}


def test_an_answer_comes_with_its_words_and_the_way_back(every_mail: list[Message]) -> None:
    mail = next(mail for mail in every_mail if mail.template.endswith("answered"))
    assert "Hello O'Neil," in mail.text
    assert "Yes, 1 < 2." in mail.text
    assert "Is 1 < 2 & so on?" in mail.text
    assert re.search(r"/comments/\d+/\s", mail.text)
    assert "Walking & more" in mail.subject
