"""What every issue looks like: for programs that show styles, pictures, or neither."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from articles.models import Site
from newsletter import layout
from newsletter.issue_checklist import look_at
from newsletter.models import Issue

from .issues import make_issue, make_readers
from .readers import text_of

pytestmark = pytest.mark.django_db
BODY = """
<h2>Walking</h2><p>Dear [[first_name|friend]], read <a href="https://a.example/study">the study</a>
and <a href="/articles/sleep/">about sleep</a>.</p><ul><li>Ten minutes.</li><li>Every day.</li></ul>
<ol><li>Shoes</li><li>Door</li></ol><blockquote><p>I sleep again.</p></blockquote>
<p><img src="https://a.example/w.png" alt="A woman walks"></p>
"""


def parts(**fields: str) -> layout.Parts:
    return layout.render(make_issue(body=BODY, **fields))


def test_its_styles_stand_in_the_elements_and_those_of_the_night_in_the_head() -> None:
    html = parts().html
    assert re.search(r'<h2[^>]* style="[^"]*font-size: 20px', html)
    assert re.search(r'<a href="https://a.example/study" style="[^"]*color:', html)
    assert "@media (prefers-color-scheme: dark)" in html
    assert "<link" not in html
    assert "<script" not in html


def test_what_inboxes_show_first_is_the_preheader_or_else_the_first_words() -> None:
    def first(html: str) -> str:
        found = re.search(r'class="preview"[^>]*>([^<]*)', html)
        assert found
        return found[1]

    assert first(parts(preheader="Ten minutes help").html).strip().startswith("Ten minutes help")
    assert first(parts().html).strip().startswith("Walking Dear [[first_name|friend]], read the")


def test_the_plain_part_reads_as_if_it_had_been_written_so() -> None:
    text = parts().text
    assert "Walking\n-------" in text
    assert "read the study <https://a.example/study>" in text
    assert "about sleep <http://localhost:8000/articles/sleep/>" in text
    assert "- Ten minutes.\n- Every day." in text
    assert "1. Shoes\n2. Door" in text
    assert "> I sleep again." in text
    assert "[[leave_link]]" in text
    assert not re.search(r"</?[a-z]+[ >]", text)
    words = text.partition("You get this letter")[0].split("\n")
    assert max(len(line) for line in words if "<http" not in line) <= 72


def test_without_pictures_their_words_are_there_and_a_picture_without_words_is_told() -> None:
    found = parts()
    assert "[A woman walks]" in found.text
    assert 'alt="A woman walks"' in found.html
    said = [
        one.words for one in look_at(make_issue(body='<p><img src="https://a.example/w.png"></p>'))
    ]
    assert "A picture has no words for those who do not see it." in said


def test_a_letter_without_the_link_to_leave_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The layout has it; somebody's own template may not."""
    issue = make_issue()
    whole = layout.render(issue)
    bare = whole._replace(
        html=whole.html.replace(layout.LEAVE_LINK, "#"),
        text=whole.text.replace(layout.LEAVE_LINK, ""),
    )
    monkeypatch.setattr(layout, "render", lambda *words, **named: bare)
    stopped = [one.words for one in look_at(issue) if one.blocks]
    assert "The link to leave is missing in the html part." in stopped
    assert "The link to leave is missing in the text part." in stopped


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"subject": ""}, "It has no subject."),
        ({"subject": "x" * 61}, "phones show about 40"),
        ({}, "The postal address is missing"),
    ],
)
def test_what_else_the_checklist_finds(fields: dict[str, str], words: str) -> None:
    Site.objects.update(postal_address="")
    assert any(words in one.words for one in look_at(make_issue(**fields)))


def test_the_desk_shows_whom_it_goes_to_and_both_parts(
    admin_client: Client, settings: Settings
) -> None:
    make_readers(3)
    issue = make_issue(body=BODY)
    page = admin_client.get(f"/admin/newsletter/issue/{issue.pk}/desk/")
    assert "It goes to 3 readers" in text_of(page)
    assert "Dear Anna, read the study" in text_of(page), "as text, for a reader named Anna"
    frame = admin_client.get(f"/admin/newsletter/issue/{issue.pk}/html/").content.decode()
    assert "Dear Anna" in frame
    assert page.content.decode().count(f"/admin/newsletter/issue/{issue.pk}/html/") == 2
    assert Issue.objects.get().state == "draft"
