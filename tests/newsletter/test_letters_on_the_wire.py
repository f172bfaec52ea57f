"""What leaves: headers, parts, signature, and what readers' names can do to them."""

from __future__ import annotations

import email
import email.policy
import quopri
import random
from email.message import EmailMessage
from typing import Literal

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import Page, expect
from pytest_django import Settings

from articles.models import Site
from newsletter.models import Issue, Subscriber
from newsletter.sending import quoted
from newsletter.sending.casting import Cast, Reader, headers, wire_address
from newsletter.sending.dkim import Signer, new_key

from .issues import begun, make_letter, make_readers

pytestmark = pytest.mark.django_db
NASTY = "Zoë\r\nBcc: everybody@example.org\n.\r\n<b>&"


@pytest.fixture
def issue(settings: Settings) -> Issue:
    settings.RETURN_ADDRESS = "@back.example.org"
    settings.DEFAULT_FROM_EMAIL = "letters@example.org"
    Site(name="Bäck & Site", postal_address="1 Long Lane").save()
    make_readers(1)
    make_letter().issues.all()
    return begun(
        subject="Walking, [[first_name|friend]]: it helps",
        body="<p>Dear [[first_name|friend]],</p><p>.a full stop begins no line</p>"
        "<p>From here on it is all &lt;text&gt;.</p>",
    )


def signer() -> Signer:
    key = serialization.load_pem_private_key(new_key(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return Signer(key, domain="example.org", selector="letters")


def cast_for(issue: Issue, *, name: str = "Anna", sign: Signer | None = None) -> bytes:
    person = Subscriber.objects.get()
    reader = Reader(person.pk, person.email, name, person.round)
    row = issue.deliveries.get()
    return Cast(issue, issue.subject, sign).fill(row.pk, person.email, reader)


def parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def part(content: bytes, kind: str) -> str:
    body = parsed(content).get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_it_has_the_headers_that_the_standards_ask_for(issue: Issue) -> None:
    message = parsed(cast_for(issue))
    row = issue.deliveries.get()
    leave = Subscriber.objects.get().leave_path.rsplit("/", 2)[0]

    assert message["From"] == "Bäck & Site <letters@example.org>"
    assert message["To"] == "reader1@example.org"
    assert message["Subject"] == "Walking, Anna: it helps"
    assert message["Message-ID"] == row.message_id == f"<i{row.pk}.{issue.key}@example.org>"
    assert message["List-Id"] == '"The weekly letter" <weekly.letters.localhost>'
    https, mailto = str(message["List-Unsubscribe"]).split(", ")
    assert https.startswith(f"<http://localhost:8000{leave}/")
    assert mailto.startswith("<mailto:u")
    assert mailto.endswith("@back.example.org>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    first, second, third, sender = str(message["Feedback-ID"]).split(":")
    assert [first, second, third] == [str(issue.pk), "weekly", "newsletter"]
    assert 5 <= len(sender) <= 15
    assert message["Precedence"] == "bulk"
    assert message["Date"].datetime.tzinfo
    assert message.defects == []


def test_the_link_to_leave_stands_in_both_parts_and_in_the_header(issue: Issue) -> None:
    content = cast_for(issue)
    link = str(parsed(content)["List-Unsubscribe"]).split(">")[0].strip("<")
    assert f'href="{link}"' in part(content, "html")
    assert link in part(content, "plain")
    assert "1 Long Lane" in part(content, "html")
    assert "1 Long Lane" in part(content, "plain")


def test_a_name_cannot_add_a_header_a_line_or_a_tag(issue: Issue) -> None:
    message = parsed(content := cast_for(issue, name=NASTY))
    shown = "Zoë Bcc: everybody@example.org . <b>&"
    assert message["Bcc"] is None
    assert message["Subject"] == f"Walking, {shown}: it helps"
    assert f"Dear {shown}," in " ".join(part(content, "plain").split())
    assert "&lt;b&gt;&amp;" in part(content, "html")


def test_without_a_name_the_other_word_stands_there(issue: Issue) -> None:
    content = cast_for(issue, name="")
    assert "Dear friend," in part(content, "plain")
    assert "Dear friend," in part(content, "html")


def test_no_line_has_to_be_changed_on_the_way(issue: Issue) -> None:
    lines = cast_for(issue, name="." * 200 + "é" * 200).split(b"\r\n")
    assert all(len(line) <= 78 or b"<http" in line for line in lines)
    assert not any(line.startswith((b".", b"From ")) for line in lines)
    assert all(line.isascii() and b"\n" not in line for line in lines)


def test_any_text_comes_back_as_it_was() -> None:
    chance = random.Random(1)
    for _ in range(300):
        text = "".join(chance.choices("ab .=F\n\tüß€😀 From", k=chance.randrange(200)))
        piece = quoted.piece(text)
        assert quopri.decodestring(piece).decode().replace("\r\n", "\n") == text
        assert all(len(line) <= 76 for line in piece.split(b"\r\n"))


def test_the_signature_holds_and_covers_the_links_to_leave(issue: Issue) -> None:
    sign = signer()
    content = cast_for(issue, name="Zoë", sign=sign)
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return sign.record.encode()

    assert dkim.verify(content, dnsfunc=dns)
    assert asked == [b"letters._domainkey.example.org."]
    covered = str(parsed(content)["DKIM-Signature"]).partition("h=")[2].partition(";")[0]
    names = covered.replace(" ", "").split(":")
    assert {"list-unsubscribe", "list-unsubscribe-post", "from", "message-id"} <= set(names)
    assert names.count("from") == 2, "so that nobody can add another"
    assert not dkim.verify(content.replace(b"walk", b"jump", 1) + b"x\r\n", dnsfunc=dns)
    assert not dkim.verify(content.replace(b"One-Click", b"Two-Click", 1), dnsfunc=dns)


def test_the_key_has_2048_bits() -> None:
    key = serialization.load_pem_private_key(new_key(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 2_048


@pytest.mark.parametrize(
    ("address", "written"),
    [("a.b+c@Example.org", "a.b+c@Example.org"), ("x@bücher.example", "x@xn--bcher-kva.example")],
)
def test_an_address_is_written_as_the_envelope_takes_it(address: str, written: str) -> None:
    assert wire_address(address) == written


@pytest.mark.parametrize("address", ["ö@example.org", "a b@example.org", "a@b>\r\nDATA", "a>b@c.d"])
def test_an_address_that_no_envelope_takes_is_refused_with_words(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        wire_address(address)


def test_the_letter_s_name_in_any_letters_makes_a_sound_header(issue: Issue) -> None:
    issue.letter.name = 'Der "große" Brief, wöchentlich'
    found = dict(headers(issue, issue.subject))["List-Id"]
    assert found.isascii()
    assert found.endswith("<weekly.letters.localhost>")


@pytest.mark.parametrize("width", [600, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_at_any_width_by_day_and_night(
    issue: Issue, page: Page, width: int, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.set_content(part(cast_for(issue), "html"))
    expect(page.get_by_role("heading", name="Walking, Anna: it helps")).to_be_visible()
    expect(page.get_by_role("link", name="Leave this newsletter")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    paper, ink = page.evaluate(
        "['.paper', '.paper p'].map((found, at) => getComputedStyle("
        "document.querySelector(found))[at ? 'color' : 'backgroundColor'].match(/\\d+/g)"
        ".slice(0, 3).reduce((sum, part) => sum + Number(part), 0))"
    )
    assert (paper < ink) == (scheme == "dark")
    assert abs(paper - ink) > 400, "as far apart as reading needs"
