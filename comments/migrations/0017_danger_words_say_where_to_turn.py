from django.db import migrations

from comments.safety_words import BEGINNINGS


def say_where_to_turn(apps, schema_editor):
    """A site that wrote a safety text of its own has said what to tell; there the words
    are new, and their text stays empty."""
    DangerWord = apps.get_model("comments", "DangerWord")
    Discussion = apps.get_model("comments", "Discussion")
    own = Discussion.objects.exclude(safety_text="").exists()
    known = set(DangerWord.objects.values_list("words", flat=True))
    for advice, words in BEGINNINGS:
        said = "" if own else advice
        DangerWord.objects.bulk_create(
            (DangerWord(words=one, advice=said) for one in words if one not in known),
            ignore_conflicts=True,
        )
        DangerWord.objects.filter(words__in=words, advice="").update(advice=said)


def say_it_no_longer(apps, schema_editor):
    """The words stay: what was found by them points to them."""
    DangerWord = apps.get_model("comments", "DangerWord")
    DangerWord.objects.filter(advice__in=[advice for advice, _ in BEGINNINGS]).update(advice="")


class Migration(migrations.Migration):
    dependencies = [("comments", "0016_a_doubt_is_put_back")]

    operations = [migrations.RunPython(say_where_to_turn, say_it_no_longer)]
