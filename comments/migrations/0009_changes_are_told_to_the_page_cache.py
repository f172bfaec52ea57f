from typing import Any

from django.db import migrations

from backsite.lib.pagecache.triggers import Watch, install, remove

WATCHES = [
    Watch(
        "comments_comment",
        ("article:%article_id", "comments"),
        only="ROW.state = 'approved'",
    ),
    Watch("comments_discussion", ("site",)),
    Watch("comments_articlediscussion", ("article:%article_id",)),
]


def tell(apps: Any, schema_editor: Any) -> None:
    install(schema_editor.connection, WATCHES)


def be_silent(apps: Any, schema_editor: Any) -> None:
    remove(schema_editor.connection, WATCHES)


class Migration(migrations.Migration):
    """From now on the database says when what readers see of a discussion changes."""

    dependencies = [("comments", "0008_rules_that_block")]
    operations = [migrations.RunPython(tell, be_silent)]
