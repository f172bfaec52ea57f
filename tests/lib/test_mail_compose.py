"""From a template triple to a message, and from one address to mail settings."""

from __future__ import annotations

from email.utils import parseaddr

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from backsite.lib.mail import backends
from backsite.lib.mail.compose import compose, named
from backsite.lib.mail.models import Message

pytestmark = pytest.mark.django_db

TEMPLATE = "newsletter/mail/confirm"
CONTEXT = {"site": {"name": "Backs", "newsletter_title": "The letter"}, "confirm_link": "http://x"}


def test_the_same_key_is_the_same_message() -> None:
    first = compose(TEMPLATE, to="ann@example.org", context=CONTEXT, key="once")
    second = compose(TEMPLATE, to="ben@example.org", context=CONTEXT, key="once")
    assert first == second
    assert Message.objects.get().to == "ann@example.org"


def test_it_is_a_row_before_anything_is_sent() -> None:
    message = compose(TEMPLATE, to="ann@example.org", context=CONTEXT)
    assert message.state == Message.State.WAITING
    assert message.message_id.endswith("@localhost>")


@pytest.mark.parametrize(
    "name",
    [
        'Ann "the" <back> doctor',
        "Ann, MD",
        "Zoë & Søn",
        "Line\r\nBcc: everybody@example.org",
        "",
    ],
)
def test_no_name_breaks_out_of_the_header(name: str) -> None:
    header = named(name, "letters@example.org")
    assert "\n" not in header
    assert "\r" not in header
    assert parseaddr(header)[1] == "letters@example.org"


@pytest.mark.parametrize("sender", ["letters@example.org", "Somebody <letters@example.org>"])
def test_the_sites_own_address_may_stand_with_or_without_a_name(
    settings: Settings, sender: str
) -> None:
    settings.DEFAULT_FROM_EMAIL = sender
    assert named("Backs") == "Backs <letters@example.org>"
    message = compose(TEMPLATE, to="ann@example.org", context=CONTEXT)
    assert message.message_id.endswith("@example.org>")


def test_an_address_becomes_mail_settings() -> None:
    read = backends.read("smtp://ann%40example.org:p%2Fw@mail.example.org")
    assert read["EMAIL_HOST_USER"] == "ann@example.org"
    assert read["EMAIL_HOST_PASSWORD"] == "p/w"
    assert (read["EMAIL_PORT"], read["EMAIL_USE_TLS"]) == (587, True)
    provider = backends.read("mailgun://KEY@mg.example.org")
    assert provider["EMAIL_BACKEND"] == "anymail.backends.mailgun.EmailBackend"
    assert provider["ANYMAIL"] == {
        "MAILGUN_API_KEY": "KEY",
        "MAILGUN_SENDER_DOMAIN": "mg.example.org",
        "REQUESTS_TIMEOUT": 20,
    }


def test_a_providers_secret_keeps_its_capitals() -> None:
    (token,) = (
        value
        for name, value in backends.read("postmark://Ab-cD")["ANYMAIL"].items()  # type: ignore[attr-defined]  # a dict
        if name.endswith("TOKEN")
    )
    assert token == "Ab-cD"


@pytest.mark.parametrize("scheme", sorted(backends.PROVIDERS))
def test_every_provider_named_is_one_that_can_be_loaded(scheme: str, settings: Settings) -> None:
    from django.core.mail import get_connection

    for name, value in backends.read(f"{scheme}://KEY:SECRET@mg.example.org").items():
        setattr(settings, name, value)
    get_connection(settings.EMAIL_BACKEND)


@pytest.mark.parametrize(
    "address", ["imap://x", "smtp://", "smtp://host:x", "secret", "mailjet://secret"]
)
def test_an_address_that_cannot_be_used_says_so_and_keeps_its_secret(address: str) -> None:
    with pytest.raises(ImproperlyConfigured) as error:
        backends.read(address)
    assert "EMAIL_URL" in str(error.value)
    assert "secret" not in str(error.value)
