from __future__ import annotations

from django.conf import settings
from django.db import models

from backsite.lib.records import Imported
from backsite.lib.web import address_of

from .found import Findable
from .picture_key import PictureKey


class AuthorQuerySet(models.QuerySet["Author"]):
    def of_user(self, user_id: int | None) -> Author | None:
        """The public face of a staff account, if it has one."""
        return self.filter(user_id=user_id).first() if user_id else None


class Author(Imported, Findable):
    """Somebody readers may trust: a name, what they are qualified in, and who says so.

    An author with an account is also the public face of that person's answers to comments.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="author_profile",
        help_text="The staff account whose answers to comments carry this name and picture.",
    )
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, unique=True)
    credentials = models.CharField(
        max_length=200,
        blank=True,
        help_text="Beside the name, e.g. “Physiotherapist, HCPC registered”. Only what is true.",
    )
    biography = models.TextField(blank=True, help_text="Two or three sentences, plain text.")
    photo = PictureKey(related_name="portraits")
    website = models.URLField(blank=True)

    objects = AuthorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("articles:author", self.slug)

    @property
    def initials(self) -> str:
        """For the place of a missing photo."""
        words = [word for word in self.name.split() if word[0].isalpha()]
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class AuthorLink(models.Model):
    """A page elsewhere that is this person's own or vouches for them: a professional
    register, ORCID, a university, a social profile."""

    # More would be a list of addresses, no longer a help to know who somebody is.
    MOST = 6

    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="links")
    label = models.CharField(max_length=60, help_text="As readers see it, e.g. “HCPC register”.")
    address = models.URLField(max_length=500)
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller comes first.")

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "link"
        constraints = [
            models.UniqueConstraint(fields=["author", "address"], name="author_link_once"),
        ]

    def __str__(self) -> str:
        return self.label
