"""Staff bring a list here, and take the whole list away."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backsite.lib import work
from newsletter.importing import writing
from newsletter.models import ConsentEvent, ListImport, Signup, Subscriber, Suppression

from .readers import subscribed, text_of
from .test_importing import BUTTONDOWN, states

pytestmark = pytest.mark.django_db

IMPORTS = "/admin/newsletter/listimport/"
KEPT = (
    "first name", "created at", "confirmed at", "left at", "letters", "suppressed",
    "consent page", "consent form", "consent wording", "consent network hash",
)  # fmt: skip
EXPORT = "/admin/newsletter/subscriber/export.csv"


def upload(client: Client, text: str, name: str = "list.csv") -> Any:
    file = SimpleUploadedFile(name, text.encode())
    return client.post(f"{IMPORTS}add/", {"file": file}, follow=True)


def page_of(client: Client, run: ListImport) -> Any:
    return client.get(f"{IMPORTS}{run.pk}/change/")


def do(client: Client, run: ListImport, wish: str, **columns: object) -> None:
    client.post(f"{IMPORTS}{run.pk}/do/", {"wish": wish, **columns})


def test_a_list_is_looked_through_first_and_taken_in_when_staff_say_so(
    admin_client: Client,
) -> None:
    upload(admin_client, BUTTONDOWN + "rubbish,regular\n")
    run = ListImport.objects.get()
    waiting = page_of(admin_client, run)
    assert waiting.headers["Refresh"] == "2"
    assert "0 of 5" in text_of(waiting)
    assert b"<progress" in waiting.content
    while work.perform_due(ListImport):
        pass
    looked = page_of(admin_client, run)
    assert "Refresh" not in looked.headers
    assert "Looked through: nothing is written yet" in text_of(looked)
    assert "1 subscribers to add" in text_of(looked)
    assert "“rubbish” is not an e-mail address" in text_of(looked)
    assert not Subscriber.objects.exists()

    do(admin_client, run, "take")
    while work.perform_due(ListImport):
        pass
    taken = text_of(page_of(admin_client, run))
    assert "Taken in on" in taken
    assert "Take it in" not in taken
    assert states()["ann@example.org"] == "confirmed"
    assert {event.actor for event in ConsentEvent.objects.all()} == {"admin"}
    do(admin_client, run, "take")  # once is enough
    assert not ListImport.objects.get().is_running


def test_staff_choose_the_columns(admin_client: Client) -> None:
    upload(admin_client, "Kontakt;Vorname;Notiz\nann@example.org;Ann;x\n")
    run = ListImport.objects.get()
    assert "Say which column holds the addresses" in text_of(page_of(admin_client, run))
    do(admin_client, run, "check", **{"column-email": "", "column-first_name": "1"})
    assert not ListImport.objects.get().is_running
    do(admin_client, run, "check", **{"column-email": "0", "column-first_name": "99"})
    work.perform_due(ListImport)
    do(admin_client, run, "take", **{"column-email": "0", "column-first_name": "1"})
    work.perform_due(ListImport)
    assert Subscriber.objects.get().first_name == "Ann"


def test_an_import_can_be_stopped_and_begun_again(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.models.importing.PIECE", 2)
    text = "email\n" + "".join(f"r{number}@example.org\n" for number in range(5))
    upload(admin_client, text)
    run = ListImport.objects.get()
    work.perform_due(ListImport)
    do(admin_client, run, "take")
    work.perform_due(ListImport, most=1)
    do(admin_client, run, "stop")
    work.perform_due(ListImport)
    assert Subscriber.objects.count() == 2
    do(admin_client, run, "take")
    while work.perform_due(ListImport):
        pass
    assert Subscriber.objects.count() == 5
    assert not writing._readers  # nothing of it stays in memory


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("ann@example.org\n", "Put a line above it"),
        ("\x00\x00a\x00", "no text file"),
    ],
)
def test_a_file_that_is_no_list_is_refused_where_it_was_chosen(
    admin_client: Client, text: str, words: str
) -> None:
    assert words in text_of(upload(admin_client, text))
    assert not ListImport.objects.exists()


def test_lines_not_taken_can_be_taken_away_as_a_file(admin_client: Client) -> None:
    upload(admin_client, "email\n=cmd|' /C calc'!A0\n\nann@example.org\n")
    work.perform_due(ListImport)
    answer = admin_client.get(f"{IMPORTS}{ListImport.objects.get().pk}/refused.csv")
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert rows[0] == ["line", "address", "why"]
    assert rows[1][1].startswith("'=cmd")


def exported(client: Client) -> list[dict[str, str]]:
    answer = client.get(EXPORT)
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_everybody_is_exported_with_letters_and_consent(
    client: Client, admin_client: Client
) -> None:
    subscribed(client, first_name="=2+5")
    subscribed(client, "gone@example.org").leave(why="=too many")
    Suppression.suppress("dead@example.org", Suppression.Reason.HARD)
    ann, gone, dead = exported(admin_client)
    assert (ann["email"], ann["state"], ann["letters"]) == (
        "ann@example.org", "subscribed", "letter",
    )  # fmt: skip
    assert ann["first name"] == "'=2+5"
    assert ann["consent page"]
    assert "Yes" in ann["consent wording"] or ann["consent wording"]
    assert (gone["state"], gone["left why"]) == ("has left", "'=too many")
    assert (dead["email"], dead["suppressed"]) == ("dead@example.org", "hard")


def test_what_was_exported_can_be_imported_again(
    client: Client, admin_client: Client, tmp_path: Path
) -> None:
    subscribed(client, first_name="-Ann")
    subscribed(client, "gone@example.org").leave(why="too many")
    Suppression.suppress("dead@example.org", Suppression.Reason.HARD)
    file = tmp_path / "all.csv"
    call_command("export_subscribers", str(file), stdout=io.StringIO())
    before = exported(admin_client)
    Signup.objects.all().delete()
    ConsentEvent.objects.all().delete()
    Subscriber.objects.all().delete()
    Suppression.objects.all().delete()
    call_command("import_subscribers", str(file), stdout=io.StringIO())
    after = {row["email"]: row for row in exported(admin_client)}
    for row in before:
        again = after[row["email"]]
        if row["state"] != "suppressed":
            assert {name: again[name] for name in KEPT} == {name: row[name] for name in KEPT}
            assert again["state"] == row["state"]
    assert Suppression.objects.holds("dead@example.org")


def test_the_export_asks_the_database_no_more_often_for_more_people(
    client: Client, admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        subscribed(client, f"reader{number}@example.org")
    with django_assert_max_num_queries(9):
        exported(admin_client)
