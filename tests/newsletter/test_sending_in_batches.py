"""Providers that fill in letters themselves get many of them in one request; each reader gets
what they would have got in a request of their own.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from pytest_django import Settings

from newsletter.models import Delivery, Issue
from newsletter.sending.casting import Cast, Reader
from newsletter.sending.sender import Sender

from .issues import begun, make_readers
from .test_sending import Here, send, states

pytestmark = pytest.mark.django_db
BODY = (
    '<p>Dear [[first_name|friend]], 5 % of “us” &amp; you: <a href="https://a.example/">go</a>.</p>'
)


class Provider(BaseHTTPRequestHandler):
    """Answers as the two do, and keeps what it was sent."""

    sent: list[Any]
    # What it has against an address, as a status; 0 for everybody.
    against: dict[str, int]
    # Of how many in a request it says that it rejects them (SparkPost).
    rejects: int
    # Called with each status before it is answered.
    before_answer: Callable[[int], None]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_json = self.headers["Content-Type"].startswith("application/json")
        data = json.loads(body) if is_json else {k: v[0] for k, v in parse_qs(body).items()}
        status = next((code for word, code in self.against.items() if word in body), 200)
        if status == 200:
            type(self).sent.append(data)
        count = len(data["recipients"]) if is_json else 0
        answer = (
            {"results": {"id": "1", "total_accepted_recipients": count - self.rejects,
                         "total_rejected_recipients": self.rejects}}
            if is_json else {"id": "<1@site.test>", "message": "Queued. Thank you."}
        )  # fmt: skip
        Provider.before_answer(status)
        raw = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args: object) -> None:
        """Says nothing of what it answers."""


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    settings.MAIL_LEAVES, settings.DEFAULT_FROM_EMAIL = True, "letters@site.test"
    Provider.sent, Provider.against, Provider.rejects = [], {}, 0
    Provider.before_answer = lambda status: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api"
    server.shutdown()
    server.server_close()


@pytest.fixture
def mailgun(settings: Settings, address: str) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {"MAILGUN_API_KEY": "key", "MAILGUN_SENDER_DOMAIN": "site.test",
                        "MAILGUN_API_URL": address}  # fmt: skip


@pytest.fixture
def sparkpost(settings: Settings, address: str) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.sparkpost.EmailBackend"
    settings.ANYMAIL = {"SPARKPOST_API_KEY": "key", "SPARKPOST_API_URL": address}


def of_mailgun(data: dict[str, str]) -> dict[str, dict[str, str]]:
    """What it makes of one request, by the recipients."""
    found = {}
    for to, words in json.loads(data["recipient-variables"]).items():
        filled = dict(data)
        for name, value in words.items():
            filled = {k: v.replace(f"%recipient.{name}%", value) for k, v in filled.items()}
        found[to] = filled
    return found


def in_turn(issue: Issue) -> list[str]:
    """The addresses, in the order in which they are handed over."""
    rows = issue.deliveries.order_by("pk").values_list("subscriber__email", flat=True)
    return [address for address in rows if address]


def requests_of_mailgun() -> list[set[str]]:
    """Who was in each request that it took."""
    return [
        set(json.loads(data["recipient-variables"]))
        if "recipient-variables" in data
        else {data["to"]}
        for data in Provider.sent
    ]


def expected(issue: Issue, row: Delivery) -> Any:
    assert row.subscriber
    person = row.subscriber
    who = Reader(person.pk, person.email, person.first_name, person.round)
    content = Cast(issue, issue.subject, None).fill(row.pk, person.email, who)
    return message_from_bytes(content, policy=policy.default)


def part(letter: Any, kind: str) -> str:
    return timeless(str(letter.get_body((kind,)).get_content()).replace("\r\n", "\n"))


def timeless(text: str) -> str:
    """Without the second in which a personal link was signed."""
    return re.sub(r":[0-9A-Za-z]{6}:[\w-]{43}", ":signed", text).strip()


@pytest.mark.usefixtures("mailgun")
def test_each_reader_gets_what_a_letter_of_their_own_would_have_held() -> None:
    make_readers(20)
    make_readers(2, first_name="Zoë <b> & %recipient.word1%")
    issue = begun(subject="For [[first_name|you]]", body=BODY)
    send(None)
    assert states(issue) == {"sent": 22}
    assert len(Provider.sent) < 22, "many in one request"

    got = {to: one for data in Provider.sent for to, one in of_mailgun(data).items()}
    assert sum(len(of_mailgun(data)) for data in Provider.sent) == len(got) == 22
    for row in issue.deliveries.select_related("subscriber", "issue"):
        assert row.subscriber
        one, own = got[row.subscriber.email], expected(issue, row)
        if not row.subscriber.first_name:
            assert one["subject"] == own["Subject"] == "For you"
            assert timeless(one["html"]) == part(own, "html")
            assert timeless(one["text"]) == part(own, "plain")
        headers = {name.lower(): value for name, value in one.items()}
        for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Feedback-ID"):
            assert timeless(headers[f"h:{name}".lower()]) == timeless(" ".join(own[name].split()))
        assert one["h:Message-Id"] == row.message_id
        assert one["v:letter"] == row.message_id, "each report names the row of the ledger"
        assert "[[" not in one["html"] + one["text"] + one["subject"]


@pytest.mark.usefixtures("mailgun")
def test_a_name_can_neither_break_the_letter_nor_name_other_words_of_it() -> None:
    make_readers(2, first_name="<b>Zoë</b> %recipient.word0%")
    begun(body=BODY)
    send(None)
    for data in Provider.sent:
        for one in of_mailgun(data).values():
            assert "Dear &lt;b&gt;Zoë&lt;/b&gt; .word0%" in one["html"]
            assert "Dear <b>Zoë</b> .word0%" in one["text"]


@pytest.mark.usefixtures("mailgun")
def test_nobody_is_shown_to_others() -> None:
    make_readers(5)
    begun(body=BODY)
    send(None)
    assert all("recipient-variables" in data for data in Provider.sent if "," in data["to"])


@pytest.mark.usefixtures("mailgun")
def test_one_address_that_it_refuses_is_not_the_fault_of_the_others() -> None:
    make_readers(6)
    issue = begun(body=BODY)
    Provider.against = {"reader3%40example.org": 400}
    send(None)
    assert states(issue) == {"sent": 5, "refused": 1}
    refused = issue.deliveries.refused().values_list("subscriber__email", flat=True)
    assert list(refused) == ["reader3@example.org"]


@pytest.mark.usefixtures("mailgun")
def test_what_went_one_by_one_is_not_repeated_when_our_key_is_refused_meanwhile() -> None:
    def take_the_key_again(status: int) -> None:
        if status == 401:
            Provider.against = {}

    make_readers(6)
    issue = begun(body=BODY)
    first, *_, fourth, _, _ = in_turn(issue)
    Provider.against = {quote(first): 400, quote(fourth): 401}
    Provider.before_answer = take_the_key_again
    send(None)
    assert states(issue) == {"sent": 5, "refused": 1}
    got = [address for request in requests_of_mailgun() for address in request]
    assert sorted(got) == sorted(set(in_turn(issue)) - {first})


@pytest.mark.usefixtures("mailgun")
def test_a_sender_that_is_stopped_stops_between_those_that_go_one_by_one() -> None:
    here = Here()
    sender = Sender(None, connections=2, once=True, thread=here)

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def stop(status: int) -> None:
            if status == 200:
                loop.call_soon_threadsafe(sender.stop)

        Provider.before_answer = stop
        await sender.run()

    make_readers(6)
    issue = begun(body=BODY)
    first, second, *_ = in_turn(issue)
    Provider.against = {quote(first): 400}
    here.work_until_done(threading.Thread(target=lambda: asyncio.run(run())))
    assert requests_of_mailgun() == [{second}]
    assert states(issue) == {"sent": 1, "refused": 1, "waiting": 4}


@pytest.mark.usefixtures("mailgun")
def test_what_was_tried_before_goes_by_itself() -> None:
    make_readers(6)
    issue = begun(body=BODY)
    fresh, again = in_turn(issue)[::2], in_turn(issue)[1::2]
    issue.deliveries.filter(subscriber__email__in=again).update(attempts=1)
    send(None)
    assert states(issue) == {"sent": 6}
    assert requests_of_mailgun() == [set(fresh), *({address} for address in again)]


@pytest.mark.usefixtures("sparkpost")
def test_of_a_request_taken_in_part_nobody_is_asked_again_or_called_refused() -> None:
    make_readers(5)
    issue = begun(body=BODY)
    Provider.rejects = 1
    send(None)
    assert states(issue) == {"sent": 5}
    assert len(Provider.sent) == 1


@pytest.mark.usefixtures("sparkpost")
def test_when_it_rejects_everybody_in_a_request_all_are_refused() -> None:
    make_readers(5)
    issue = begun(body=BODY)
    Provider.rejects = 5
    send(None)
    assert states(issue) == {"refused": 5}
    assert len(Provider.sent) == 1


@pytest.mark.usefixtures("mailgun")
def test_a_provider_in_trouble_is_asked_again_later() -> None:
    make_readers(4)
    issue = begun(body=BODY)
    Provider.against = {"example.org": 503}
    send(None)
    assert states(issue) == {"waiting": 4}
    assert issue.deliveries.retried().count() == 4


@pytest.mark.usefixtures("mailgun")
def test_a_text_that_looks_like_the_providers_own_places_goes_out_one_by_one() -> None:
    make_readers(3)
    issue = begun(body="<p>Write %recipient.name% where a name belongs.</p>")
    send(None)
    assert states(issue) == {"sent": 3}
    assert len(Provider.sent) == 3


@pytest.mark.usefixtures("sparkpost")
def test_the_other_provider_gets_its_own_kind_of_places() -> None:
    make_readers(5, first_name="Zoë & Max")
    issue = begun(body=BODY)
    send(None)
    assert states(issue) == {"sent": 5}
    got = {}
    for data in Provider.sent:
        for reader in data["recipients"]:
            html = data["content"]["html"]
            for name, value in reader.get("substitution_data", {}).items():
                html = html.replace("{{{" + name + "}}}", value)
            got[reader["address"]["email"]] = (html, reader["metadata"]["letter"])
    for row in issue.deliveries.select_related("subscriber", "issue"):
        assert row.subscriber
        html, letter = got[row.subscriber.email]
        assert timeless(html) == part(expected(issue, row), "html")
        assert letter == row.message_id
