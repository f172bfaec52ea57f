"""Whatever goes wrong with a sign-up: what was typed is on the page that comes back."""

from __future__ import annotations

import pytest
from django.test import Client

from newsletter.models import Signup

from .readers import BROWSER, parsed, sign_up, text_of

pytestmark = pytest.mark.django_db


def typed(page: bytes) -> dict[str, str]:
    """What stands in the fields of the box."""
    (form,) = parsed(page).xpath("//section[@class='signup']//form")
    return {name: value or "" for name, value in form.fields.items()}


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "Please type your e-mail address"),
        ("ann", "“ann” is not an e-mail address that mail can be sent to."),
        ("ann@", "is not an e-mail address"),
        ("ann@example", "is not an e-mail address"),
        ("ann@@example.org", "is not an e-mail address"),
        ("<script>@example.org", "is not an e-mail address"),
        ("änn@example.org", "is not an e-mail address"),
        ("ann@example.org, ben@example.org", "is not an e-mail address"),
        ("a" * 400 + "@example.org", "at most 320 characters"),
        ("ann\x00@example.org", "Null characters are not allowed"),
    ],
)
def test_a_malformed_address(client: Client, email: str, words: str) -> None:
    response = sign_up(client, email, first_name="Ann")
    assert response.status_code == 422
    assert words in parsed(response.content).text_content()
    assert typed(response.content)["first_name"] == "Ann"
    assert typed(response.content)["page"] == "/articles/walking/"
    if "\x00" not in email:
        assert typed(response.content)["email"] == email
    assert not Signup.objects.exists()


def test_the_mistake_is_announced_and_linked_to_its_field(client: Client) -> None:
    page = parsed(sign_up(client, "ann").content)
    (field,) = page.xpath("//main//input[@name='email']")
    (summary,) = page.xpath("//*[@role='alert']")
    assert summary.xpath(f".//a[@href='#{field.get('id')}']")
    assert field.get("aria-invalid") == "true"
    described = field.get("aria-describedby").split()
    assert all(page.xpath(f"//*[@id='{name}']") for name in described)


@pytest.mark.parametrize("name", ["see www.pills.example", "http://pills", "a@b.example", "<b>"])
def test_a_first_name_is_no_place_for_advertising(client: Client, name: str) -> None:
    response = sign_up(client, first_name=name)
    assert "Just your first name" in text_of(response)
    assert typed(response.content)["first_name"] == name


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("ann@gmial.com", "ann@gmail.com"), ("ann@example.con", "ann@example.com")],
)
def test_a_well_known_slip_is_asked_about_once(client: Client, slip: str, meant: str) -> None:
    response = sign_up(client, slip)
    assert f"Did you mean {meant}?" in text_of(response)
    again = client.post("/newsletter/", typed(response.content), headers=BROWSER)
    assert again.status_code == 302
    assert Signup.objects.get().email == slip


def test_a_slip_in_another_address_is_asked_about_again(client: Client) -> None:
    response = sign_up(client, "ben@gmial.com", sure="ann@gmial.com")
    assert "Did you mean ben@gmail.com?" in text_of(response)


@pytest.mark.parametrize("address", ["ann@mail.com", "ann@ymail.com", "ann@gmx.com"])
def test_real_domains_are_no_slips(client: Client, address: str) -> None:
    assert sign_up(client, address).status_code == 302


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}],
)
def test_a_form_sent_from_another_site_comes_back_filled_in(
    client: Client, headers: dict[str, str]
) -> None:
    fields = {"email": "ann@example.org", "first_name": "Ann", "form": "article"}
    response = client.post("/newsletter/", fields, headers={**BROWSER, **headers})
    assert "press the button once more" in text_of(response)
    assert typed(response.content)["email"] == "ann@example.org"
    assert not Signup.objects.exists()


def test_the_trap_costs_a_person_one_more_press_and_nothing_else(client: Client) -> None:
    response = sign_up(client, first_name="Ann", homepage_title="https://pills.example")
    assert "press the button once more" in text_of(response)
    again = typed(response.content)
    assert "homepage_title" not in again  # a browser that fills it in would do so again
    assert again["first_name"] == "Ann"
    assert client.post("/newsletter/", again, headers=BROWSER).status_code == 302
    kept = Signup.objects.order_by("pk")
    assert [signup.outcome for signup in kept] == [Signup.Outcome.BOT, ""]
    # No mail for the first; what it typed is forgotten one day.
    assert list(Signup.objects.due()) == [kept[1]]
    assert "pills" in kept[0].bot_reasons


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("email", ["ann@example.org", "ann"])
def test_without_a_database_the_words_come_back_too(
    client: Client, no_database: None, email: str
) -> None:
    response = sign_up(client, email, first_name="Ann")
    assert response.status_code == 503
    assert "press the button once more" in text_of(response)
    assert typed(response.content)["email"] == email
    assert typed(response.content)["first_name"] == "Ann"
    assert response.headers["Retry-After"]


@pytest.mark.parametrize(
    "fields",
    [
        {"form": "x" * 10_000, "page": "\x00" * 9_000, "seal": "forged"},
        {"submission_key": "x", "elapsed": "-1"},
        {"form": "", "page": "", "seal": ""},
    ],
)
def test_nonsense_in_the_hidden_fields_stops_nobody(client: Client, fields: dict[str, str]) -> None:
    assert sign_up(client, **fields).status_code == 302
    assert Signup.objects.get().email == "ann@example.org"
