"""What mail servers said to an issue's last letters, over all senders on all machines."""

from __future__ import annotations

from typing import Final

from django.db import connection, models

from .issue import Issue

# Of so many answers the share of refusals is taken.
WINDOW: Final = 200
TAKEN, REFUSED = "t", "r"

ADD: Final = """
    INSERT INTO newsletter_recentanswers AS known (issue_id, answers) VALUES (%s, right(%s, %s))
    ON CONFLICT (issue_id) DO UPDATE SET answers = right(known.answers || excluded.answers, %s)
    RETURNING answers"""


class RecentAnswers(models.Model):
    """One letter an answer, the newest at the end. Not a column of the issue: senders write it
    often, and what staff decide about an issue must not wait for them."""

    issue = models.OneToOneField(Issue, primary_key=True, on_delete=models.CASCADE)
    answers = models.CharField(max_length=WINDOW, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.answers}"

    @classmethod
    def add(cls, issue: int, answers: str) -> str:
        """Returns the last ones of all senders, with these."""
        with connection.cursor() as cursor:
            cursor.execute(ADD, [issue, answers, WINDOW, WINDOW])
            (known,) = cursor.fetchone()
            return str(known)

    @classmethod
    def forget(cls, issue: int) -> None:
        """Whoever lets it go on begins to count anew."""
        cls.objects.filter(issue=issue).delete()
