from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "newsletter"
    verbose_name = "Newsletter"

    def ready(self) -> None:
        """What this room itself has for letters; the roof adds the rest."""
        from . import blocks
        from .blocks.articles import Articles

        blocks.add("articles", Articles())
