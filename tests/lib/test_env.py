"""Values from the environment: read by type, or a clear word about the variable."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from backsite.lib import env
from backsite.lib.mail import backends


def test_a_missing_value_without_a_default_names_the_variable() -> None:
    with pytest.raises(ImproperlyConfigured, match="NOT_SET_ANYWHERE must be set"):
        env.text("NOT_SET_ANYWHERE")


@pytest.mark.parametrize(("typed", "value"), [("1", True), ("Yes", True), ("off", False)])
def test_booleans(monkeypatch: pytest.MonkeyPatch, typed: str, value: bool) -> None:
    monkeypatch.setenv("FLAG", typed)
    assert env.boolean("FLAG", default=not value) is value


def test_a_word_that_is_neither_true_nor_false(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAG", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="FLAG='perhaps'"):
        env.boolean("FLAG", default=True)


@pytest.mark.parametrize("typed", ["many", "7", "-1"])
def test_numbers_out_of_bounds(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv("NUMBER", typed)
    with pytest.raises(ImproperlyConfigured, match="NUMBER"):
        env.integer("NUMBER", 0, least=0, most=5)


@pytest.mark.parametrize("typed", ["example.org", "ftp://example.org", "https://example.org/a"])
def test_a_site_address_that_is_none(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv("SITE_URL", typed)
    with pytest.raises(ImproperlyConfigured, match="SITE_URL"):
        env.web_address("SITE_URL", "")


def test_a_database_address_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me:p%40ss@db:5433/site?sslmode=require")
    assert env.database("DATABASE_URL") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "site",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    "typed", ["sqlite:///file", "postgres://me:secret@db:5432", "postgres://me:secret@db:x/site"]
)
def test_a_wrong_database_address_is_refused_without_repeating_its_password(
    monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", typed)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as error:
        env.database("DATABASE_URL")
    assert "secret" not in str(error.value)


def test_mail_by_smtp() -> None:
    read = backends.read("smtp://me:p%40ss@mail.example.org")
    assert (read["EMAIL_HOST"], read["EMAIL_PORT"]) == ("mail.example.org", 587)
    assert (read["EMAIL_HOST_PASSWORD"], read["EMAIL_USE_TLS"]) == ("p@ss", True)


def test_mail_by_a_provider() -> None:
    read = backends.read("mailgun://key-1@mg.example.org")
    assert read["EMAIL_BACKEND"] == "anymail.backends.mailgun.EmailBackend"
    assert read["ANYMAIL"] == {
        "MAILGUN_API_KEY": "key-1",
        "MAILGUN_SENDER_DOMAIN": "mg.example.org",
        "REQUESTS_TIMEOUT": backends.TIMEOUT_SECONDS,
    }


@pytest.mark.parametrize("typed", ["pigeon://key@x", "smtp://", "smtp://host:x"])
def test_a_wrong_mail_address_is_refused(typed: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        backends.read(typed)
