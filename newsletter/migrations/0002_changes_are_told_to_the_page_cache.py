from typing import Any

from django.db import migrations

from backsite.lib.pagecache.triggers import Watch, install, remove

WATCHES = [Watch("newsletter_book", ("site",))]


def tell(apps: Any, schema_editor: Any) -> None:
    install(schema_editor.connection, WATCHES)


def be_silent(apps: Any, schema_editor: Any) -> None:
    remove(schema_editor.connection, WATCHES)


class Migration(migrations.Migration):
    """The free book stands in the boxes of all pages."""

    dependencies = [("newsletter", "0001_initial")]
    operations = [migrations.RunPython(tell, be_silent)]
