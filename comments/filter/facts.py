"""What the tables know about a comment, its words and its surroundings, asked for in one
statement that is planned once: a dozen small questions would cost more than all the checks
that use them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from backsite.lib.bots import Vote
from backsite.lib.statement import Statement

from ..models.comment import Comment
from ..models.discussion import Discussion
from ..models.text_print import FOUND, KEPT
from .classifier.features import Features
from .classifier.lessons import LEARNED, Learned, asked_for, learned_from

RATE_WINDOW: Final = timedelta(hours=1)
# More are not counted: it is clear by then, and a flood must not slow the counting.
MOST_COUNTED: Final = 200

PRINT_WINDOW: Final = timedelta(days=1)
MOST_PRINTS: Final = 100

# `published` and `spam`: what people decided about others from the same address. An import
# brings what people decided on the site it came from.
SQL: Final = Statement(
    f"""
WITH kept AS ({KEPT})
SELECT reader.confirmed, reader.trusted, reader.blocked, others.published, others.spam,
  origin.address, origin.network, around.address, around.network,
  coalesce(
    (SELECT nullif(moderation, '') FROM comments_articlediscussion WHERE article_id = %(article)s),
    (SELECT moderation FROM comments_discussion LIMIT 1)
  ),
  rules.count, rules.newest,
  (SELECT json_agg(json_build_array(check_name, weight, reason, evidence, unknown) ORDER BY id)
    FROM comments_commentvote WHERE comment_id = %(comment)s),
  (SELECT json_agg(json_build_array(comment_id, article_id, email, seconds, sketch))
    FROM ({FOUND}) found),
  learned.drawn_at, learned.features, learned.spam, learned.ham
FROM (SELECT 1) one
LEFT JOIN (
  SELECT confirmed_at IS NOT NULL AS confirmed, trusted_at IS NOT NULL AS trusted,
    blocked_at IS NOT NULL AS blocked
  FROM comments_reader WHERE upper(email) = upper(%(email)s)
) reader ON true
LEFT JOIN (
  SELECT
    count(*) FILTER (WHERE state = 'approved'
      AND (person_decided_at IS NOT NULL OR import_key IS NOT NULL)) AS published,
    count(*) FILTER (WHERE state = 'spam' AND person_decided_at IS NOT NULL) AS spam
  FROM comments_comment
  WHERE upper(email) = upper(%(email)s) AND email <> '' AND id <> %(comment)s
) others ON true
LEFT JOIN (
  SELECT host(address) AS address, network, at FROM comments_origin WHERE comment_id = %(comment)s
) origin ON true
LEFT JOIN LATERAL (
  SELECT count(*) AS network,
    count(*) FILTER (WHERE host(before.address) = origin.address) AS address
  FROM (
    SELECT address FROM comments_origin
    WHERE network = origin.network AND network <> '' AND at > origin.at - %(window)s
      AND at <= origin.at AND comment_id <> %(comment)s
    ORDER BY at DESC LIMIT %(most)s
  ) before
) around ON true
LEFT JOIN (
  -- All of the times: two rules may be changed in one order and committed in another.
  SELECT count(*) AS count, sum(extract(epoch FROM changed_at)) AS newest FROM comments_blockrule
  WHERE switched_off_at IS NULL
) rules ON true
LEFT JOIN ({LEARNED}) learned ON true
""",  # noqa: S608 - all of it is our own
    comment="bigint",
    article="bigint",
    email="text",
    window="interval",
    most="bigint",
    sketch="bigint[]",
    at="timestamptz",
    day="interval",
    most_prints="bigint",
    features="int[]",
)


@dataclass(frozen=True)
class Facts:
    """`prints`: of about the same words within a day: (comment, article, e-mail, how many
    seconds later, sketch)."""

    is_confirmed: bool
    is_trusted: bool
    is_blocked: bool
    published: int
    spam: int
    address: str | None
    network: str
    from_address: int
    from_network: int
    moderation: str
    rules: tuple[int, object]
    votes: dict[str, Vote]
    prints: list[tuple[int, int, str, float, list[int]]]
    learned: Learned


def facts_about(comment: Comment, sketch: list[int], features: Features) -> Facts:
    """Keeps the print of its words as well, for those that are judged next."""
    values: dict[str, Any] = {
        "comment": comment.pk,
        "article": comment.article_id,
        "email": comment.email,
        "window": RATE_WINDOW,
        "most": MOST_COUNTED,
        "sketch": sketch,
        "at": comment.created_at,
        "day": PRINT_WINDOW,
        "most_prints": MOST_PRINTS,
        "features": asked_for(features),
    }
    row: Any = SQL.run(**values)[0]
    confirmed, trusted, blocked, published, spam, address, network, *rest = row
    from_address, from_network, moderation, rules, newest, votes, prints, *learned = rest
    return Facts(
        is_confirmed=bool(confirmed),
        is_trusted=bool(trusted),
        is_blocked=bool(blocked),
        published=published,
        spam=spam,
        address=address,
        network=network or "",
        from_address=from_address or 0,
        from_network=from_network or 0,
        moderation=moderation or Discussion().moderation,
        rules=(rules, newest),
        votes={vote[0]: Vote(*vote) for vote in votes or []},
        prints=prints or [],
        learned=learned_from(tuple(learned), features),
    )
