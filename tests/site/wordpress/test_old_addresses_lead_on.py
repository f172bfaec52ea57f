"""Links to the old site, wherever they stand, find what was brought over."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from articles.models import Article, OldAddress

from .wxr import export, item, run, written

pytestmark = pytest.mark.django_db

FILED = '<category domain="category" nicename="yoga">Yoga</category>'
TAGGED = '<category domain="post_tag" nicename="knees">Knees</category>'
TERMS = """<wp:category><wp:category_nicename>moving</wp:category_nicename>
<wp:cat_name>Moving</wp:cat_name></wp:category>
<wp:category><wp:category_nicename>yoga</wp:category_nicename>
<wp:category_parent>moving</wp:category_parent><wp:cat_name>Yoga</wp:cat_name></wp:category>"""


def test_each_address_of_the_old_site_leads_to_what_it_named(
    client: Client, tmp_path: Path
) -> None:
    post = item(7, FILED, TAGGED, slug="bend", link="http://blog.example/2012/03/bend-your-knees/")
    run(written(tmp_path, export(TERMS, post)))
    article = Article.objects.get()
    author = article.authors.get()
    for address, target in (
        ("/2012/03/bend-your-knees/", article.get_absolute_url()),
        ("/?p=7", article.get_absolute_url()),
        ("/category/moving/yoga/", "/topics/yoga/"),
        ("/category/yoga/", "/topics/yoga/"),
        ("/tag/knees/", "/tags/knees/"),
        ("/author/anna/", author.get_absolute_url()),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (301, target)
        assert client.get(target).status_code == 200


def test_drafts_of_the_old_site_are_not_found_until_they_are_published(
    client: Client, tmp_path: Path
) -> None:
    run(written(tmp_path, export(item(8, status="draft", slug="later"))))
    assert client.get("/?p=8").status_code == 404
    Article.objects.get().publish(by=None)
    assert client.get("/?p=8").status_code == 301


def test_importing_again_leaves_what_staff_have_changed(tmp_path: Path) -> None:
    file = written(tmp_path, export(TERMS, item(7, FILED, slug="bend")))
    run(file)
    chosen = Article.objects.create(title="Chosen", slug="chosen")
    OldAddress.objects.keep("/?p=7", chosen, by_hand=True)
    run(file)
    assert OldAddress.objects.get(path="/?p=7").target == chosen
