"""A list moves here from another program: what is taken, what is not, and why."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Protocol

import pytest
from django.conf import settings as site_settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from backsite.lib.mail.models import Message
from newsletter.importing import lines, reading
from newsletter.models import (
    ConsentEvent,
    ForgettingRound,
    ImportFile,
    ImportRefusal,
    Letter,
    ListImport,
    Subscriber,
    Suppression,
)
from tests.lib.test_mail_worker_killed import database_url
from tests.lib.waiting import wait_until

from .readers import subscribed

pytestmark = pytest.mark.django_db


class Take(Protocol):
    def __call__(self, text: str | bytes, *options: str, name: str = ...) -> str: ...


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Imports a text by the command; returns what it said."""

    def run(text: str | bytes, *options: str, name: str = "list.csv") -> str:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        out = StringIO()
        call_command("import_subscribers", str(file), *options, stdout=out)
        return out.getvalue()

    return run


def states() -> dict[str, str]:
    return dict(Subscriber.objects.values_list("email", "state"))


MAILCHIMP = (
    '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,'
    "CONFIRM_IP,LEID,EUID,NOTES,TAGS\n"
    'ann@example.org,Ann,"O\'Neil, RN",2,"2019-03-01 12:33:44",,"2019-03-01 12:35:00",192.0.2.7,'
    '1,a,,"""pain"""\n'
)
UNSUBSCRIBED = (
    '"Email Address","First Name",OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON,LEID,EUID\n'
    'gone@example.org,Gone,"2018-01-01 00:00:00","2018-01-01 00:00:00","2020-02-02 10:00:00",'
    "No longer interested,1,a\n"
)
CLEANED = (
    '"Email Address","First Name",CONFIRM_TIME,CLEAN_TIME,LEID,EUID\n'
    'dead@example.org,Dead,"2018-01-01 00:00:00","2020-02-02 10:00:00",1,a\n'
)
GHOST = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,"
    "deleted_at,labels,tiers\n"
    "1,ann@example.org,Ann,,true,,,2021-05-01T10:00:00.000Z,,,\n"
    "2,gone@example.org,,,false,,,2021-05-01T10:00:00.000Z,,,\n"
)
LISTMONK = (
    "uuid,email,name,attributes,status,created_at,updated_at\n"
    '1,ann@example.org,Ann,"{""city"": ""Rome""}",enabled,2021-05-01 10:00:00+00,x\n'
    "2,never@example.org,,{},blocklisted,2021-05-01 10:00:00+00,x\n"
)
BUTTONDOWN = (
    "email_address,type,creation_date,metadata,tags,unsubscription_date,unsubscription_reason\n"
    "ann@example.org,regular,2021-05-01T10:00:00Z,{},,,\n"
    "asked@example.org,unactivated,2021-05-01T10:00:00Z,{},,,\n"
    "angry@example.org,complained,2021-05-01T10:00:00Z,{},,,\n"
    "gone@example.org,unsubscribed,2021-05-01T10:00:00Z,{},,2022-01-01T00:00:00Z,Too many\n"
)
SUBSTACK = (
    "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
    "ann@example.org,false,,other,false,2021-05-01T10:00:00.000Z,\n"
    "gone@example.org,false,,other,true,2021-05-01T10:00:00.000Z,\n"
)
MAILPOET = (
    '"Email";"First name";"Last name";"List";"Global Status";"IP address";"Created at"\n'
    '"ann@example.org";"Ann";"";"News";"subscribed";"192.0.2.7";"2021-05-01 10:00:00"\n'
    '"asked@example.org";"";"";"News";"unconfirmed";"";"2021-05-01 10:00:00"\n'
    '"gone@example.org";"";"";"News";"unsubscribed";"";"2021-05-01 10:00:00"\n'
    '"dead@example.org";"";"";"News";"bounced";"";"2021-05-01 10:00:00"\n'
)


@pytest.mark.parametrize(
    ("text", "program", "expected", "suppressed"),
    [
        (MAILCHIMP, "Mailchimp", {"ann": "confirmed"}, {}),
        (UNSUBSCRIBED, "Mailchimp", {"gone": "left"}, {}),
        (CLEANED, "Mailchimp", {"dead": "confirmed"}, {"dead": "hard"}),
        (GHOST, "Ghost", {"ann": "confirmed", "gone": "left"}, {}),
        (LISTMONK, "listmonk", {"ann": "confirmed", "never": "left"}, {"never": "import"}),
        (BUTTONDOWN, "Buttondown",
         {"ann": "confirmed", "asked": "pending", "angry": "left", "gone": "left"},
         {"angry": "complaint"}),
        (SUBSTACK, "Substack", {"ann": "confirmed", "gone": "left"}, {}),
        (MAILPOET, "MailPoet",
         {"ann": "confirmed", "asked": "pending", "gone": "left", "dead": "confirmed"},
         {"dead": "hard"}),
        ("Name|E-Mail\nAnn|ann@example.org\n", "another program", {"ann": "confirmed"}, {}),
    ],
)  # fmt: skip
def test_the_files_of_other_programs_are_known_by_their_columns(
    take: Take, text: str, program: str, expected: dict[str, str], suppressed: dict[str, str]
) -> None:
    assert f"written by {program}" in take(text)
    assert states() == {f"{name}@example.org": state for name, state in expected.items()}
    held = {row.email: row.reason for row in Suppression.objects.in_force()}
    assert held == {f"{name}@example.org": reason for name, reason in suppressed.items()}
    assert not Message.objects.exists()  # nobody is written to


def test_consent_is_kept_as_imported_with_its_own_dates(take: Take) -> None:
    take(MAILCHIMP, name="members.csv")
    person = Subscriber.objects.get()
    confirmed = datetime(2019, 3, 1, 12, 35, tzinfo=UTC)
    assert (person.first_name, person.confirmed_at) == ("Ann", confirmed)
    proof = person.events.get()
    assert (proof.verb, proof.at, proof.form) == ("import", confirmed, "import")
    assert proof.why == "imported from Mailchimp, file “members.csv”"
    assert len(proof.address_hash) == 64  # recognisable, and not to be read back
    assert [letter.key for letter in person.letters()] == ["letter"]
    assert Subscriber.objects.mailable().get() == person


def test_who_left_there_stays_away_here_and_says_why(take: Take) -> None:
    take(UNSUBSCRIBED)
    person = Subscriber.objects.get()
    assert person.left_at == datetime(2020, 2, 2, 10, tzinfo=UTC)
    assert "where they had left: No longer interested" in person.events.get().why


def test_nothing_is_changed_for_those_who_are_known_here(take: Take, client: Client) -> None:
    subscribed(client, "here@example.org")
    subscribed(client, "left@example.org").leave()
    subscribed(client, "erased@example.org").erase(why="asked for it")
    Suppression.suppress("dead@example.org", Suppression.Reason.HARD)
    before = list(ConsentEvent.objects.values())
    said = take(
        "email\nHERE@example.org\nleft@example.org\ndead@example.org\nnew@example.org\nErased@example.org\n"
    )
    known = states()
    del known[next(email for email in known if email.endswith(".invalid"))]
    assert known == {
        "here@example.org": "confirmed", "left@example.org": "left", "new@example.org": "confirmed",
    }  # fmt: skip
    assert list(ConsentEvent.objects.exclude(verb="import").values()) == before
    assert "line 2: HERE@example.org: is on the list already; nothing was changed" in said
    assert "line 3: left@example.org: has left this list; only they" in said
    assert "line 4: dead@example.org: the address is suppressed here (the address is gone)" in said
    assert "line 6: Erased@example.org: was erased here; only they themselves" in said
    assert "1  subscribers added" in said


def test_somebody_who_is_subscribed_here_and_left_there_is_left_to_a_person(
    take: Take, client: Client
) -> None:
    subscribed(client, "gone@example.org")
    assert "decide yourself" in take(UNSUBSCRIBED)
    assert Subscriber.objects.get().is_confirmed


def test_a_lifted_suppression_is_not_brought_back_by_an_old_list(take: Take) -> None:
    Suppression.suppress("dead@example.org", Suppression.Reason.HARD)
    Suppression.objects.get().lift(why="It works again.")
    take(CLEANED)
    assert not Suppression.objects.holds("dead@example.org")


def test_each_line_that_is_not_taken_is_reported_with_the_reason(
    take: Take, tmp_path: Path
) -> None:
    text = (
        "email,status,name\n"
        "ann@example.org,subscribed,=HYPERLINK(1)\n"
        "not an address,subscribed,\n"
        ",subscribed,Nobody\n"
        "ANN@example.org,subscribed,\n"
        '"two\nlines@example.org",subscribed,\n'
        "bob@example.org,whatever,\n"
        "=1+1@example.org,subscribed,\n"
    )
    report = tmp_path / "refused.csv"
    said = take(text, f"--refused={report}")
    rows = list(csv.reader(report.open(encoding="utf-8")))
    why = {row[0]: row[2] for row in rows[1:]}
    assert f"{len(why)}  lines not taken" in said
    assert "is not an e-mail address that mail can be sent to" in why["3"]
    assert why["4"] == "there is no address in this line"
    assert why["5"] == "the address stands in line 2 already"
    assert why["8"] == "“whatever” is no state that is known here"
    assert all(not cell.startswith("=") for row in rows for cell in row)


def test_a_dry_run_says_the_same_and_writes_no_subscriber(take: Take) -> None:
    said = take(BUTTONDOWN + "x\nann@example.org,regular\n", "--dry-run")
    assert "1  subscribers to add" in said
    assert "2  lines not taken" in said
    assert "A dry run: nothing was written." in said
    assert not Subscriber.objects.exists()
    assert not Suppression.objects.exists()


def test_columns_can_be_named_by_hand(take: Take) -> None:
    text = "Kontakt;Vorname\nann@example.org;Änn\n"
    with pytest.raises(CommandError, match="Its columns are: Kontakt, Vorname"):
        take(text)
    take(text, "--map", "email=Kontakt")
    assert Subscriber.objects.get().first_name == "Änn"
    with pytest.raises(CommandError, match="the file has no column Mail"):
        take(text, "--map", "email=Mail")
    with pytest.raises(CommandError, match="shoe is none of email"):
        take(text, "--map", "shoe=Kontakt")


@pytest.mark.parametrize(
    "data",
    [
        "email,name\nann@example.org,Zoë\n".encode("utf-8-sig"),
        "email,name\nann@example.org,Zoë\n".encode("utf-16"),
        "email,name\nann@example.org,Zoë\n".encode("cp1252"),
        "email\tname\r\nann@example.org\tZoë\r\n".encode(),
        "\r\nemail;name\r\n\r\nann@example.org;Zoë\r\n".encode().lstrip(),
    ],
)
def test_encodings_and_separators_are_found_out(take: Take, data: bytes) -> None:
    take(data)
    assert Subscriber.objects.get().first_name == "Zoë"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04\x00\x00\x00\x00", "no text file"),
        (b"\xff\xfea", "says that it is utf-16 and is not"),
        (b"ann@example.org\nbob@example.org\n", "Put a line above it"),
        (b"a,b\n1,2\n", "No column of"),
        (b"," * 2_000 + b"\n", "2001 columns"),
        (b'"' + b"x" * 200_000, "no header of a CSV file"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(take: Take, data: bytes, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        take(data)
    assert not Subscriber.objects.exists()


def test_a_file_that_is_too_large_is_refused(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    with pytest.raises(CommandError, match="Split it"):
        take("email\nann@example.org\n")


def test_hostile_lines_are_refused_one_by_one(take: Take) -> None:
    text = (
        "email,name\n"
        'ann@example.org,"' + "x" * 200_000 + '"\n'
        "bob@example.org,\x01\x02Bob\n"
        "c\x00arl@example.org,Carl\n"
        + "d@" + "x" * 300 + ".org,\n"
        "eve@localhost,\n"
        "fay@example.org\n"
        "\\N,\\N\n"
        "gil@example.org,\\.\n"
    )  # fmt: skip
    take(text)
    assert {"bob@example.org", "carl@example.org", "fay@example.org", "gil@example.org"} <= set(
        states()
    )
    assert "ann@example.org" not in states()


def test_the_file_is_kept_no_longer_than_it_is_needed(take: Take) -> None:
    take(MAILCHIMP, "--dry-run")
    assert ImportFile.objects.exists()
    take(MAILCHIMP)
    assert not ImportFile.objects.filter(run__finished_at__isnull=False).exists()


def test_addresses_that_nobody_needs_any_more_are_forgotten(take: Take) -> None:
    take("email\nann@example.org\nrubbish\n")
    take("email\nbob@example.org\n", "--dry-run")
    ListImport.objects.update(began_at=timezone.now() - timedelta(days=31))
    ForgettingRound().perform()
    assert not ImportFile.objects.exists()
    assert not ImportRefusal.objects.exists()
    assert ListImport.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2019-03-01 12:33:44", "2019-03-01T12:33:44+00:00"),
        ("2019-03-01T12:33:44.000Z", "2019-03-01T12:33:44+00:00"),
        ("2019-03-01 12:33:44 UTC", "2019-03-01T12:33:44+00:00"),
        ("2019-03-01T12:33:44+02:00", "2019-03-01T12:33:44+02:00"),
        ("2019-03-01", "2019-03-01T00:00:00+00:00"),
        ("03/04/2019", None),  # the third of April, or the fourth of March
        ("2019-13-01", None),
        ("0000-00-00 00:00:00", None),
        ("yesterday", None),
    ],
)
def test_dates_are_read_and_never_guessed(typed: str, meant: str | None) -> None:
    found = lines.moment(typed)
    assert (found.isoformat() if found else None) == meant


def test_a_date_to_come_is_now(take: Take) -> None:
    take("email,created_at\nann@example.org,2999-01-01 00:00:00\n")
    person = Subscriber.objects.get()
    assert timezone.now() - person.created_at < timedelta(minutes=5)


def test_letters_that_the_file_names_are_taken_over(take: Take) -> None:
    for key in ("weekly", "answers"):
        Letter.objects.create(key=key, name=key, is_default=key == "weekly")
    take(
        "email,letters\nann@example.org,answers weekly\nbob@example.org,\ncid@example.org,answers\n"
    )
    chosen = {
        person.email[:3]: sorted(letter.key for letter in person.letters())
        for person in Subscriber.objects.all()
    }
    assert chosen == {"ann": ["answers", "weekly"], "bob": ["weekly"], "cid": ["answers"]}


# --- Much, killed, twice ----------------------------------------------------------------


def big(count: int) -> str:
    rows = [
        f'reader{number}@example{number % 500}.org,Reader {number},"2019-03-01 12:33:44",'
        f'"2019-03-01 12:35:00",192.0.2.{number % 250},{number}'
        for number in range(count)
    ]
    rows[count // 2] = "no address,,,,,"
    return "Email Address,First Name,OPTIN_TIME,CONFIRM_TIME,CONFIRM_IP,LEID\n" + "\n".join(rows)


def test_a_hundred_thousand_lines_are_taken_in_within_a_minute(take: Take) -> None:
    text = big(100_000)
    begun = time.process_time()  # the time of a clock would be that of the other tests too
    said = take(text)
    seconds = time.process_time() - begun
    assert Subscriber.objects.confirmed().count() == 99_999
    assert "] 45,000 of 100,000" in said  # how far it is, all the time
    assert "] 100,000 of 100,000" in said
    assert "line 50002: no address: “noaddress” is not an e-mail address" in said
    assert ConsentEvent.objects.filter(verb="import").count() == 99_999
    assert seconds < 60


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_goes_on_and_takes_nobody_in_twice(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(big(20_000))
    environment = {**os.environ, "DATABASE_URL": database_url()}
    command = [sys.executable, "manage.py", "import_subscribers", str(file)]
    process = subprocess.Popen(
        command, cwd=site_settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: ListImport.objects.filter(done__gte=5_000).exists())
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    at_the_kill = ListImport.objects.get()
    assert at_the_kill.done < at_the_kill.total
    ListImport.objects.update(leased_until=timezone.now())  # minutes pass
    out = StringIO()
    call_command("import_subscribers", str(file), stdout=out)
    assert "Going on with the import of" in out.getvalue()
    assert ListImport.objects.get().counts == {
        "confirmed": 19_999, "suppressed": 0, "refused": 1,
    }  # fmt: skip
    assert Subscriber.objects.count() == 19_999
    assert ImportRefusal.objects.count() == 1


def test_the_same_list_again_changes_nothing(take: Take) -> None:
    take(BUTTONDOWN)
    before = json.dumps(list(Subscriber.objects.values()), default=str)
    said = take(BUTTONDOWN)
    assert "4  lines not taken" in said
    assert json.dumps(list(Subscriber.objects.values()), default=str) == before
