from typing import Any

from django.db import migrations, models
from django.utils import timezone


def ask(apps: Any, schema_editor: Any) -> None:
    """Has the worker draw both lines from the kept decisions; until then the one serves both."""
    resting = apps.get_model("comments", "Training").objects.filter(due_at=None, lessons__gt=0)
    resting.update(due_at=timezone.now(), attempts=0, gave_up_at=None)


class Migration(migrations.Migration):

    dependencies = [
        ('comments', '0019_rare_piles_are_found_by_an_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='training',
            name='line_with_site',
            field=models.BinaryField(null=True),
        ),
        migrations.RunPython(ask, migrations.RunPython.noop),
    ]
