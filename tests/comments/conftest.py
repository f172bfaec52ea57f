from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from tests.factories import make_staff
from tests.lib.https_server import Authority

from .fake_akismet import GOOD_KEY, Akismet


@pytest.fixture
def akismet(authority: Authority, settings: Settings) -> Iterator[Akismet]:
    """Akismet is on, and answers on this machine."""
    played = Akismet(authority)
    settings.AKISMET_KEY, settings.AKISMET_URL = GOOD_KEY, played.url
    settings.SITE_URL = "https://www.example.org"
    yield played
    played.close()


@pytest.fixture
def ada(client: Client) -> User:
    """A staff member, logged in with the test's client."""
    user = make_staff("ada")
    client.force_login(user)
    return user


@pytest.fixture
def ben() -> User:
    """Her colleague."""
    return make_staff("ben")
