from typing import Any

from django.db import migrations

from backsite.lib.pagecache.triggers import Watch, install, remove

PUBLISHED = "ROW.state = 'published'"
# What lists, feeds, neighbours and the navigation show of an article.
LISTED = (
    "state", "published_at", "kind", "title", "slug", "standfirst", "topic_id", "picture_id",
    "picture_alt", "featured", "noindex", "canonical_address",
)  # fmt: skip
OF_ARTICLE = ("article:%article_id", "articles")
LISTS = (*OF_ARTICLE, "lists")
# Seldom changed and shown on many pages: all pages are made anew.
SITE = (
    "articles_author", "articles_authorlink", "articles_credential", "articles_topic",
    "articles_tag", "articles_call", "articles_call_topics", "articles_picture", "articles_series",
    "articles_site", "articles_starthere", "articles_oldaddress",
)  # fmt: skip

WATCHES = [
    Watch("articles_article", ("article:%id", "articles"), only=PUBLISHED),
    Watch("articles_article", ("lists",), only=PUBLISHED, columns=LISTED, name="lists"),
    Watch("articles_byline", LISTS),
    Watch("articles_article_further_topics", LISTS),
    Watch("articles_article_tags", LISTS),
    Watch("articles_seriespart", LISTS),
    Watch("articles_reference", OF_ARTICLE),
    Watch("articles_review", OF_ARTICLE),
    Watch("articles_changenote", OF_ARTICLE),
    *[Watch(table, ("site",)) for table in SITE],
]


def tell(apps: Any, schema_editor: Any) -> None:
    install(schema_editor.connection, WATCHES)


def be_silent(apps: Any, schema_editor: Any) -> None:
    remove(schema_editor.connection, WATCHES)


class Migration(migrations.Migration):
    """From now on the database says which public pages a change touches."""

    dependencies = [("articles", "0003_lists_and_sitemap_at_any_size")]
    operations = [migrations.RunPython(tell, be_silent)]
