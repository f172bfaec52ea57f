"""The outbox in the admin: each message as it arrives, its links ready to be clicked."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from backsite.lib import work
from backsite.lib.mail.models import Message

from .test_mail_outbox import write

pytestmark = pytest.mark.django_db

LIST = "/admin/mail/message/"


@pytest.fixture
def one_of_each() -> dict[str, Message]:
    now = timezone.now()
    return {
        "waiting": write(subject="This one waits"),
        "sent": write(subject="This one left", sent_at=now, due_at=None),
        "kept": write(subject="This one stayed", kept_at=now, due_at=None),
        "failed": write(subject="This one failed", gave_up_at=now, due_at=None),
    }


@pytest.mark.parametrize("state", ["waiting", "sent", "kept", "failed"])
def test_the_list_shows_what_is_in_one_state(
    admin_client: Client, one_of_each: dict[str, Message], state: str
) -> None:
    page = admin_client.get(LIST, {"state": state}).content.decode()
    shown = {name for name, message in one_of_each.items() if message.subject in page}
    assert shown == {state}


def test_a_message_is_shown_as_it_arrives(admin_client: Client) -> None:
    message = write(headers={"X-Something": "of note"})
    page = admin_client.get(f"{LIST}{message.pk}/change/").content.decode()
    for words in ("X-Something", "of note", "Good morning.", message.message_id.strip("<>")):
        assert words in page
    assert "Content-Type: multipart/alternative" in page
    assert f'src="{LIST}{message.pk}/frame/"' in page


def test_its_headers_are_shown_in_letters(admin_client: Client) -> None:
    message = write(headers={"X-Something": "“Grüße”"})
    page = admin_client.get(f"{LIST}{message.pk}/change/").content.decode()
    assert ">“Grüße”<" in page


def test_its_html_can_run_load_and_send_nothing_but_its_links_open(admin_client: Client) -> None:
    message = write()
    frame = admin_client.get(f"{LIST}{message.pk}/frame/")
    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "allow-scripts" not in policy
    assert b'<base target="_blank">' in frame.content
    page = admin_client.get(f"{LIST}{message.pk}/change/").content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


def test_looking_changes_nothing(admin_client: Client) -> None:
    message = write()
    before = Message.objects.values().get()
    admin_client.get(f"{LIST}{message.pk}/change/")
    admin_client.post(f"{LIST}{message.pk}/change/", {"subject": "Other", "_save": "1"})
    assert admin_client.get(f"{LIST}{message.pk}/again/").status_code == 405
    assert Message.objects.values().get() == before


def test_nobody_adds_or_deletes_by_hand(admin_client: Client) -> None:
    message = write()
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}{message.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Message.objects.exists()


def test_several_can_be_sent_again_at_once(
    admin_client: Client, one_of_each: dict[str, Message]
) -> None:
    failed = one_of_each["failed"]
    action = {"action": "send_again", "_selected_action": [str(failed.pk)]}
    admin_client.post(LIST, action)
    work.sweep()
    failed.refresh_from_db()
    assert failed.state == Message.State.KEPT  # there is no way out in tests


def test_a_message_that_cannot_be_written_is_shown_all_the_same(admin_client: Client) -> None:
    message = write(to="two\nlines@example.org")
    page = admin_client.get(f"{LIST}{message.pk}/change/").content.decode()
    assert "cannot be written as a mail" in page
    assert "Good morning." in page


@pytest.mark.parametrize("pk", ["999999999", "x", "9" * 30])
def test_a_message_that_is_not_there(admin_client: Client, pk: str) -> None:
    assert admin_client.get(f"{LIST}{pk}/change/").status_code in {302, 404}


def test_only_those_who_may_read_mail_read_it(client: Client) -> None:
    message = write()
    user = User.objects.create_user("ben", password="x", is_staff=True)
    client.force_login(user)
    paths = (LIST, f"{LIST}{message.pk}/change/", f"{LIST}{message.pk}/frame/")
    assert {client.get(path).status_code for path in paths} == {403}
    user.user_permissions.add(Permission.objects.get(codename="view_message"))
    assert {client.get(path).status_code for path in paths} == {200}
    assert client.post(f"{LIST}{message.pk}/again/").status_code == 403
