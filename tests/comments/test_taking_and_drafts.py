"""Who has taken a comment, drafts that are never lost, and two at the same question."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from comments.models import AnswerDraft, Claim
from comments.models.at_the_desk import TAKEN_FOR, WRITES_NOW
from tests.comments.staff import LIST, TEXT, fields_in, form_of, held, press
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db


def typed(client: Client, address: str, text: str, **fields: str) -> dict[str, object]:
    answer = client.post(f"{address}draft/", {"text": text, **fields})
    found: dict[str, object] = answer.json()
    return found


def page_of(comment: object) -> str:
    return f"{LIST}{comment.pk}/"  # type: ignore[attr-defined]  # a comment


def test_who_has_taken_a_comment_stands_in_the_list_and_on_its_page(
    client: Client, ada: User, ben: User
) -> None:
    comment = held()
    press(client, comment, "take")
    assert Claim.objects.get().by == ada
    client.force_login(ben)
    assert "taken by ada" in client.get(LIST).content.decode()
    assert "ada took this comment just now." in client.get(comment.get_admin_url()).content.decode()


def test_opening_a_comment_takes_nothing(client: Client, ada: User) -> None:
    client.get(held().get_admin_url())
    assert not Claim.objects.exists()


def test_a_claim_ends_by_itself(client: Client, ada: User, ben: User) -> None:
    comment = held()
    Claim.take(comment, by=ben)
    assert Claim.take(comment, by=ada).by == ben
    Claim.objects.update(at=timezone.now() - TAKEN_FOR - timedelta(seconds=1))
    assert "taken by" not in client.get(LIST).content.decode()
    assert Claim.take(comment, by=ada).by == ada


def test_it_can_be_given_back_and_taken_over(client: Client, ada: User, ben: User) -> None:
    comment = held()
    Claim.take(comment, by=ben)
    press(client, comment, "release")
    assert Claim.objects.get().by == ben
    press(client, comment, "take")
    assert Claim.objects.get().by == ada
    press(client, comment, "release")
    assert not Claim.objects.exists()


def test_what_others_have_taken_does_not_come_up_next(client: Client, ada: User, ben: User) -> None:
    first, second, third = held(), held(), held()
    Claim.take(second, by=ben)
    after = client.post(first.get_admin_url(), {**form_of(client, first), "do": "spam"})
    assert after.headers["Location"] == third.get_admin_url()


def test_a_draft_is_there_again_in_any_browser(client: Client, ada: User) -> None:
    comment = held()
    assert typed(client, page_of(comment), "Half an ans") == {"kept": True, "told": ""}
    assert typed(client, page_of(comment), "Half an answer\r\nhere") == {"kept": True, "told": ""}
    page = client.get(comment.get_admin_url()).content.decode()
    assert "Half an answer\nhere</textarea>" in page
    assert AnswerDraft.objects.count() == 1
    assert Claim.objects.get().by == ada


def test_a_draft_is_kept_by_a_button_too_and_thrown_away_by_another(
    client: Client, ada: User
) -> None:
    comment = held()
    page = press(client, comment, "draft", TEXT)
    assert "Your draft of an answer to Hanna is kept." in page
    assert TEXT in page
    page = press(client, comment, "drop", TEXT)
    assert TEXT not in page
    assert not AnswerDraft.objects.exists()


def test_a_draft_of_any_length_is_kept(client: Client, ada: User) -> None:
    comment = held()
    text = "word " * 5_000
    typed(client, page_of(comment), text)
    assert AnswerDraft.objects.get().text == text


def test_the_draft_is_gone_once_the_answer_is_sent_and_what_comes_late_makes_none(
    client: Client, ada: User
) -> None:
    comment = held()
    fields = form_of(client, comment)
    typed(client, page_of(comment), TEXT, key=fields["key"])
    client.post(comment.get_admin_url(), {**fields, "do": "answer", "text": TEXT})
    assert not AnswerDraft.objects.exists()
    late = typed(client, page_of(comment), TEXT, key=fields["key"])
    assert late == {"kept": False, "told": ""}
    assert not AnswerDraft.objects.exists()


def test_somebody_elses_answer_leaves_my_draft_to_me(client: Client, ada: User, ben: User) -> None:
    comment = held()
    typed(client, page_of(comment), TEXT)
    comment.answer("I was quicker.", by=ben)
    assert TEXT in client.get(comment.get_admin_url()).content.decode()
    assert "Hanna" in client.get(f"{LIST}?pile=mine").content.decode()


def test_two_who_write_see_each_other_as_they_type(client: Client, ada: User, ben: User) -> None:
    comment = held()
    AnswerDraft.keep(comment, "Mine is", by=ben)
    assert typed(client, page_of(comment), TEXT)["told"] == "ben is writing an answer."
    AnswerDraft.objects.filter(by=ben).update(at=timezone.now() - WRITES_NOW * 3)
    told = str(typed(client, page_of(comment), TEXT)["told"])
    assert told == "ben began an answer 15 minutes ago; it was not sent."


def test_an_answer_stops_once_where_somebody_else_began_meanwhile(
    client: Client, ada: User, ben: User
) -> None:
    comment = held()
    fields = form_of(client, comment)
    AnswerDraft.keep(comment, "Mine is", by=ben)
    sent = client.post(comment.get_admin_url(), {**fields, "do": "answer", "text": TEXT})
    page = sent.content.decode()
    assert "ben is writing an answer. Nothing was sent, and your words are still here." in page
    assert TEXT in page
    assert not comment.replies.exists()
    client.post(comment.get_admin_url(), {**fields_in(page), "do": "answer", "text": TEXT})
    assert comment.replies.get().text == TEXT
    assert AnswerDraft.objects.get().by == ben


def test_who_was_seen_before_is_no_reason_to_stop(client: Client, ada: User, ben: User) -> None:
    comment = held()
    Claim.take(comment, by=ben)
    press(client, comment, "answer", TEXT)
    assert comment.replies.get().text == TEXT


def test_a_colleague_who_left_meanwhile_is_no_reason_to_stop(
    client: Client, ada: User, ben: User
) -> None:
    comment = held()
    Claim.take(comment, by=ben)
    AnswerDraft.keep(comment, "Mine is", by=make_staff("cleo"))
    fields = form_of(client, comment)
    Claim.release(comment, by=ben)
    client.post(comment.get_admin_url(), {**fields, "do": "answer", "text": TEXT})
    assert comment.replies.get().text == TEXT


def test_enter_in_a_field_presses_nothing_that_decides(client: Client, ada: User) -> None:
    page = client.get(held().get_admin_url()).content.decode()
    form = page[page.index('<form method="post" class="decide"') :]
    first = form[form.index('<button type="submit"') :]
    assert first.startswith('<button type="submit" name="do" value="draft"')


def test_looking_at_the_address_of_a_draft_changes_nothing(client: Client, ada: User) -> None:
    comment = held()
    client.get(f"{page_of(comment)}draft/")
    assert not AnswerDraft.objects.exists()


def test_no_draft_for_a_comment_that_is_not_there(client: Client, ada: User) -> None:
    assert client.post(f"{LIST}999999/draft/", {"text": TEXT}).status_code == 404
    answer = make_comment(make_article()).answer(TEXT, by=ada)
    assert client.post(f"{page_of(answer)}draft/", {"text": "x"}).status_code == 404
