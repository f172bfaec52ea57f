"""The site in another language than English: no word is forgotten, numbers and dates follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.template.loader import render_to_string
from django.test import Client

from articles.models import Site
from backsite import messages
from backsite.demo.loader import load_privacy_page
from backsite.lib import catalogues
from backsite.lib.mail.models import Message
from comments import markup
from tests.factories import make_article, make_comment, make_staff, make_topic
from tests.newsletter.readers import do_what_is_due, make_book, sign_up, subscribed

ROOT: Final = Path(settings.BASE_DIR)
LANGUAGES: Final = ("de", "fr")
# Names of things, the same in every language.
NAMES: Final = {"PubMed", "JSON", "RSS"}
SHOWN: Final = ("aria-label", "alt", "title", "placeholder", "data-thanks", "data-failed")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return catalogues.compiled(ROOT / "locale", tmp_path_factory.mktemp("locale"))


@pytest.fixture
def speak(settings: Any, compiled: Path) -> Any:
    def in_language(language: str) -> None:
        settings.LOCALE_PATHS = [compiled]
        settings.LANGUAGE_CODE = language
        # A site speaks one language for as long as it runs; other tests have asked for this
        # one without having its words.
        for kept in vars(markup).values():
            if hasattr(kept, "cache_clear"):
                kept.cache_clear()

    return in_language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_ours_has_a_translation(language: str) -> None:
    assert messages.missing(ROOT, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_says_the_same_things(language: str) -> None:
    """The same values are put into it, and the same elements stand in it."""
    for entry in catalogues.catalogue(messages.catalogue(ROOT, language)):
        for said in catalogues.said(entry):
            for pattern in (r"%\(\w+\)s|\{\w*\}", r"</?\w+", r'href="[^"]*"'):
                wanted = set(re.findall(pattern, f"{entry.msgid} {entry.msgid_plural}"))
                assert set(re.findall(pattern, said)) == wanted, entry.msgid


def test_no_template_that_readers_see_has_words_that_cannot_be_translated() -> None:
    assert [line for path in public_templates() for line in bare_words(path)] == []


def test_bare_words_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<p title="Bare">{% translate "x" %}</p>{% if a %}words{% endif %}<b>x{{ a }}</b>'
    )
    assert [line.rpartition(": ")[2] for line in bare_words(page)] == ["Bare", "words"]


def public_templates() -> Iterator[Path]:
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"} and "admin" not in path.parts:
            yield path


def bare_words(path: Path) -> list[str]:
    shown = []
    inside = False
    for token in Lexer(path.read_text()).tokenize():
        if token.token_type is TokenType.BLOCK:
            inside = token.contents.startswith("blocktranslate") or (
                inside and not token.contents.startswith("endblocktranslate")
            )
        if token.token_type is TokenType.TEXT and not inside:
            shown.append(token.contents)
        else:
            shown.append("\0")
    text = re.sub(r"<(style|script)\b.*?</\1>", " ", "".join(shown), flags=re.DOTALL)
    said = re.findall(rf'\b(?:{"|".join(SHOWN)})="([^"]*)"', text)
    said += re.sub(r'<[^>]*>|\bdata-[\w-]+="[^"]*"', "\n", text).split("\n")
    words = [word for part in said for word in re.findall(r"[^\W\d_]{2,}", part)]
    return [f"{path.name}: {word}" for word in words if word not in NAMES]


def make_site() -> Any:
    """Everything that staff and readers wrote is made of names."""
    Site.objects.create(
        name="Ostara", newsletter_title="Ostara Nova", newsletter_pitch="Lux", tagline="Lux"
    )
    article = make_article(
        "Vertebra", topic=make_topic("Columna"), published_at=datetime(2026, 3, 1, 9, tzinfo=UTC)
    )
    question = make_comment(article, name="Livia", text="Lumbago?")
    make_comment(article, name="Gaius", text="Ita.", parent=question)
    return article


PAGES: Final = {
    "de": {
        "/": "Finden Sie sich zurecht|1. März 2026",
        "/articles/": "Alle Artikel",
        "/search/?q=vertebra": "1 Ergebnis",
        "/search/?q=nihil": "Nichts enthält „nihil“",
        "/newsletter/": "Ihre E-Mail-Adresse|Wir schicken Ihnen zuerst eine Mail",
        "/newsletter/preferences/": "Ihre Seite",
        "/newsletter/letters/": "Es ist noch kein Brief hinausgegangen",
        "/nihil/": "Diese Seite finden wir nicht",
    },
    "fr": {
        "/": "Trouvez votre chemin|1 mars 2026",
        "/articles/": "Tous les articles",
        "/search/?q=vertebra": "1 résultat",
        "/search/?q=nihil": "Rien ne contient «\xa0nihil\xa0»",
        "/newsletter/": "Votre adresse e-mail|Nous vous envoyons d’abord un message",
        "/newsletter/preferences/": "Votre page",
        "/newsletter/letters/": "Aucune lettre n’est encore partie",
        "/nihil/": "Nous ne trouvons pas cette page",
    },
}
ARTICLE: Final = {
    "de": "2 Antworten|1. März 2026|Lesezeit|War das hilfreich?|Antworten|Kommentar senden",
    "fr": "2 réponses|1 mars 2026|de lecture|Cela vous a-t-il aidé|Répondre|Publier le commentaire",
}

WRONG: Final = {
    "de": "Ihren Kommentar|Ein Vorname genügt|Das ist keine E-Mail-Adresse|keine Web-Adresse",
    "fr": "votre commentaire ou|Un prénom suffit|Ce n’est pas une adresse e-mail|adresse web",
}
NOT_MAIL: Final = {
    "de": "“ ist keine E-Mail-Adresse",
    "fr": "\xa0» n’est pas une adresse e-mail",
}


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_are_in_the_language_of_the_site(
    language: str, speak: Any, client: Client
) -> None:
    speak(language)
    article = make_site()
    english = english_words(language)
    asked = {**PAGES[language], article.get_absolute_url(): ARTICLE[language]}
    for path, wanted in asked.items():
        # What the browser would like to read makes no difference.
        page = client.get(path, headers={"accept-language": "en"}).content.decode()
        assert f'<html lang="{language}">' in page
        for words in wanted.split("|"):
            assert words in page, (path, words)
        assert spoken(page) & english == set(), path


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_says_what_is_wrong_in_it(language: str, speak: Any, client: Client) -> None:
    speak(language)
    article = make_site()
    sent = {"text": "", "name": "livia@example.org", "email": "livia", "website": "http://"}
    page = client.post(f"/comments/on/{article.pk}/", sent).content.decode()
    for words in WRONG[language].split("|"):
        assert words in page
    again = client.post("/newsletter/", {"email": "nihil"}).content.decode()
    assert f"nihil{NOT_MAIL[language]}" in again
    assert (spoken(page) | spoken(again)) & english_words(language) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mails_are_in_the_language_of_the_site(
    language: str, speak: Any, client: Client
) -> None:
    speak(language)
    article = make_site()
    make_book("Liber")
    subscribed(client, first_name="Livia")
    from newsletter.models import Signup

    Signup.objects.update(answered_at=None)
    sign_up(client)
    make_comment(article, name="Livia", text="Cur?").answer("Quia.", by=make_staff())
    do_what_is_due()
    mails = list(Message.objects.order_by("pk"))
    kinds = {mail.template.rpartition("/")[2] for mail in mails}
    assert kinds == {"confirm", "welcome", "already", "answered"}
    english = english_words(language)
    for mail in mails:
        assert f'lang="{language}"' in mail.html
        assert spoken(mail.html) & english == set(), mail.template
        assert not {line for line in mail.text.splitlines() if line in english}
    subjects = " ".join(mail.subject for mail in mails)
    assert {"de": "Bitte bestätigen: Ostara Nova", "fr": "À confirmer"}[language] in subjects


@pytest.mark.django_db
def test_the_page_that_every_form_links_to_begins_in_that_language(
    speak: Any, client: Client
) -> None:
    speak("de")
    assert load_privacy_page()
    page = client.get("/privacy/").content.decode()
    assert "<h1>Datenschutz</h1>" in page
    assert "setzen keine Cookies" in page
    assert "[" not in page.partition('class="prose"')[2].partition("</article>")[0]
    assert "Wer verantwortlich ist" not in page  # nothing to say yet


def test_pages_without_a_database_speak_it_too(speak: Any) -> None:
    speak("de")
    assert "Bei uns ist etwas schiefgegangen" in render_to_string("500.html")
    assert "Gleich wieder da" in render_to_string("503.html")


@pytest.mark.django_db
def test_a_language_from_right_to_left_turns_the_page(speak: Any, client: Client) -> None:
    speak("ar")
    assert '<html lang="ar" dir="rtl">' in client.get("/").content.decode()
    speak("de")
    assert 'dir="rtl"' not in client.get("/").content.decode()


def english_words(language: str) -> set[str]:
    """Texts that read otherwise in that language."""
    found = catalogues.catalogue(messages.catalogue(ROOT, language))
    return {entry.msgid for entry in found if entry.msgid not in catalogues.said(entry)}


def spoken(page: str) -> set[str]:
    """What stands between two tags, and in attributes that people are told."""
    text = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    told = re.findall(rf'\b(?:{"|".join(SHOWN)})="([^"]*)"', text)
    return {" ".join(part.split()) for part in [*re.split(r"<[^>]*>", text), *told]} - {""}
