"""What the DNS says of the domain that letters come from: asked for real, of a server here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from pytest_django import Settings

from newsletter import sending_domain

SOUND = {
    "letters.example.": "v=spf1 mx -all",
    "_dmarc.letters.example.": "v=DMARC1; p=none",
    "key._domainkey.letters.example.": "v=DKIM1; k=rsa; p=MIIB",
}


class Names:
    """Answers with texts; what it does not know does not exist."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {name: [text] for name, text in SOUND.items()}
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with suppress(OSError):  # it is closed
            while True:
                data, whence = self.socket.recvfrom(4_096)
                self.asked += 1
                question = dns.message.from_wire(data)
                answer = dns.message.make_response(question)
                name = question.question[0].name
                known = self.texts.get(str(name).lower(), [])
                if known:
                    quoted = [f'"{text}"' for text in known]
                    answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", "TXT", quoted))
                else:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                self.socket.sendto(answer.to_wire(), whence)


@pytest.fixture
def names(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    settings.DEFAULT_FROM_EMAIL, settings.DKIM_SELECTOR = "news@letters.example", "key"
    found = Names()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], found.socket.getsockname()[1]
    monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
    sending_domain._kept.clear()
    yield found
    sending_domain._kept.clear()
    found.socket.close()


def test_of_a_sound_domain_nothing_is_said(names: Names) -> None:
    assert sending_domain.advice(signs_ourselves=True, provider=False) == []


@pytest.mark.parametrize(
    ("name", "texts", "words"),
    [
        ("letters.example.", [], "letters.example has no SPF record"),
        ("letters.example.", ["v=spf1 -all", "v=spf1 mx"], "has 2 SPF records"),
        ("letters.example.", ["some-site-verification=1"], "has no SPF record"),
        ("_dmarc.letters.example.", [], "_dmarc.letters.example is missing"),
        ("key._domainkey.letters.example.", [], "`manage.py make_dkim_key` says what belongs"),
        ("key._domainkey.letters.example.", ["v=DKIM1; p="], "make_dkim_key"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(
    names: Names, name: str, texts: list[str], words: str
) -> None:
    names.texts[name] = texts
    [said] = sending_domain.advice(signs_ourselves=True, provider=False)
    assert words in said


def test_who_signs_decides_what_is_looked_for(names: Names) -> None:
    del names.texts["key._domainkey.letters.example."]
    assert sending_domain.advice(signs_ourselves=False, provider=True) == []
    [said] = sending_domain.advice(signs_ourselves=False, provider=False)
    assert "not signed by us" in said
    [said] = sending_domain.advice(signs_ourselves=True, provider=False)
    assert "_domainkey" in said


def test_who_opens_the_page_again_does_not_ask_again(names: Names) -> None:
    sending_domain.advice(signs_ourselves=True, provider=False)
    asked = names.asked
    sending_domain.advice(signs_ourselves=True, provider=False)
    assert asked > 0
    assert names.asked == asked


def test_where_nobody_answers_it_says_so_and_does_not_wait_for_long(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending_domain, "SECONDS", 0.2)
    names.socket.close()
    [said] = sending_domain.advice(signs_ourselves=True, provider=False)
    assert "could not be asked just now" in said


def test_a_name_that_is_no_domain_is_told_apart(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "letters@localhost"
    [said] = sending_domain.advice(signs_ourselves=False, provider=False)
    assert "set FROM_EMAIL" in said
