"""Return addresses: what comes back says by itself which mail it was."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from pytest_django import Settings

from backsite.lib import env
from backsite.lib.returns import read_return_path, return_path


@pytest.fixture(params=["bounces@site.test", "@back.site.test"])
def address(request: pytest.FixtureRequest, settings: Settings) -> str:
    settings.RETURN_ADDRESS = request.param
    return str(request.param)


@pytest.mark.parametrize("pk", [0, 1, 35, 36, 9_223_372_036_854_775_807])
def test_an_address_says_of_which_row_it_speaks(address: str, pk: int) -> None:
    made = return_path("i", pk)
    assert made.endswith(address.partition("@")[2])
    assert len(made.partition("@")[0]) <= 64
    assert read_return_path(made) == ("i", pk)


def test_capitals_and_brackets_on_the_way_do_not_matter(address: str) -> None:
    assert read_return_path(f" <{return_path('m', 815).upper()}> ") == ("m", 815)


def test_nobody_else_can_write_one(address: str) -> None:
    made = return_path("i", 815)
    assert "imn-" in made
    forged = [
        made.replace("imn-", "imo-"),  # another row
        made.replace("imn-", "mmn-"),  # another kind
        made.replace("site.test", "other.test"),
        "x" + made,
        made.partition("@")[0],
        "",
        "ann@site.test",
    ]
    with override_settings(SECRET_KEY="another"):
        forged.append(return_path("i", 815))
    assert [read_return_path(one) for one in forged] == [None] * len(forged)


def test_without_a_setting_there_is_none(settings: Settings) -> None:
    settings.RETURN_ADDRESS = ""
    assert return_path("i", 1) == ""
    assert read_return_path("i1-aaaaaaaaaaaa@") is None


@pytest.mark.parametrize("typed", ["bounces", "a b@site.test", "x@", "<a@b.test>"])
def test_a_setting_that_is_no_address_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setenv("RETURN_ADDRESS", typed)
    with pytest.raises(ImproperlyConfigured, match="RETURN_ADDRESS"):
        env.return_address("RETURN_ADDRESS")
