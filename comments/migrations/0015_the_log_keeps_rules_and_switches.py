from django.db import migrations

from comments.models.log_guard import install


class Migration(migrations.Migration):
    """Puts the guard in force again, now for two more tables. It goes with the first ones."""

    dependencies = [
        ('articles', '0001_initial'),
        ('comments', '0014_what_the_filter_sees_of_itself'),
    ]

    operations = [
        migrations.RunSQL(install(), migrations.RunSQL.noop),
    ]
