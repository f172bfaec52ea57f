"""Publishing gets a right of its own. Whoever could change articles could publish them so far,
and goes on to."""

from django.db import migrations


def give_it_to_who_had_it(apps, schema_editor):
    permissions = apps.get_model("auth", "Permission")
    content_types = apps.get_model("contenttypes", "ContentType")
    kind, _ = content_types.objects.get_or_create(app_label="articles", model="article")
    publish, _ = permissions.objects.get_or_create(
        content_type=kind,
        codename="publish_article",
        defaults={"name": "Can publish, schedule and withdraw articles"},
    )
    change = permissions.objects.filter(content_type=kind, codename="change_article").first()
    if change is None:  # a new site: nobody has any right yet
        return
    for group in change.group_set.all():
        group.permissions.add(publish)
    for user in change.user_set.all():
        user.user_permissions.add(publish)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0005_tags_speak_for_themselves"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="article",
            options={
                "permissions": [
                    ("publish_article", "Can publish, schedule and withdraw articles")
                ],
                "verbose_name": "article",
            },
        ),
        migrations.RunPython(give_it_to_who_had_it, migrations.RunPython.noop),
    ]
