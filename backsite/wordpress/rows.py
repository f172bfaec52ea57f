"""Articles and comments of an export in our tables, many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.urls import Resolver404, resolve, reverse

from articles.models import Article, ArticleEvent, Byline, OldAddress, Revision, Tag, Topic
from backsite.wordpress.comment_plan import CommentPlan
from backsite.wordpress.filing import Filing, Slugs
from backsite.wordpress.plan import Plan
from backsite.wordpress.report import Report
from comments.filter.classifier.lessons import learn_all
from comments.models import Comment, CommentEvent
from comments.rendering import HTML, PLAIN, render

# A question of last week still deserves its answer; years of old ones on the staff's list
# would bury it.
STILL_ANSWERABLE: Final = timedelta(days=30)
ROWS_AT_ONCE: Final = 500


class Rows:
    LONGEST_SLUG: Final = 200

    def __init__(self, filing: Filing, slugs: Slugs, report: Report, now: datetime) -> None:
        self._filing = filing
        self._slugs = slugs
        self._report = report
        self._now = now
        self._addresses: dict[str, str] = {}
        self._filed: dict[str, tuple[Topic | None, list[Tag]]] = {}

    def prepare(self, plans: Iterable[Plan]) -> None:
        """Chooses topics, tags and the addresses of what is new, outside the transaction that
        may fail: what is remembered here must be true after it."""
        plans = list(plans)
        self._filed = {plan.key: self._filing.file(plan.item.terms) for plan in plans}
        known = _keys_of(Article, (plan.key for plan in plans))
        for plan in plans:
            if plan.key not in known:
                self._addresses[plan.key] = self._slugs.free(
                    plan.slug,
                    plan.title,
                    f"{plan.kind}-{plan.item.number}",
                    usable=_reaches_page if plan.kind == Article.Kind.PAGE else bool,
                )

    def write(self, plans: Sequence[Plan]) -> None:
        """Belongs in a transaction of the caller's."""
        known = _keys_of(Article, (plan.key for plan in plans))
        new = [plan for plan in plans if plan.key not in known]
        articles = Article.objects.bulk_create(
            [self._article(plan, self._filed[plan.key][0]) for plan in new]
        )
        Byline.objects.bulk_create(
            Byline(article=article, author=author)
            for article, plan in zip(articles, new, strict=True)
            if (author := self._filing.authors.get(plan.item.creator))
        )
        Article.tags.through.objects.bulk_create(
            Article.tags.through(article_id=article.pk, tag_id=tag.pk)
            for article, plan in zip(articles, new, strict=True)
            for tag in self._filed[plan.key][1]
        )
        ArticleEvent.objects.bulk_create(
            ArticleEvent(article=article, verb="import", why=_origin(plan))
            for article, plan in zip(articles, new, strict=True)
        )
        OldAddress.objects.keep_imported(
            (address, article)
            for article, plan in zip(articles, new, strict=True)
            for address in (plan.address, f"/?p={plan.item.number}" if plan.item.number else "")
        )
        Revision.objects.keep_first_of(articles, by=None, why="as it was imported")
        self._report.written["articles and pages"] += len(new)
        self.write_comments([(plan.key, plan.comments) for plan in plans])

    def _article(self, plan: Plan, topic: Topic | None) -> Article:
        draft, scheduled = Article.State.DRAFT, Article.State.SCHEDULED
        article = Article(
            import_key=plan.key,
            kind=plan.kind,
            state=plan.state,
            title=plan.title,
            slug=self._addresses[plan.key],
            standfirst=plan.standfirst,
            body=plan.text.html,
            picture_id=plan.lead.number if plan.lead and plan.lead.number > 0 else None,
            picture_alt=plan.lead.alt if plan.lead and plan.lead.number > 0 else "",
            topic=topic,
            featured=plan.item.sticky and plan.state == Article.State.PUBLISHED,
            comments_open=plan.item.comments_open,
            created_at=min(plan.moment, self._now),
            published_at=None if plan.state in (draft, scheduled) else plan.moment,
            due_at=plan.moment if plan.state == scheduled else None,
            updated_at=plan.updated,
            original_address=plan.address,
        )
        article.render()
        return article

    def write_comments(self, threads: Sequence[tuple[str, list[CommentPlan]]]) -> None:
        """Comments under articles named by their keys; belongs in a transaction of the
        caller's."""
        article_of = _keys_of(Article, (key for key, comments in threads if comments))
        plans = [(article_of[key], plan) for key, comments in threads for plan in comments]
        known = _keys_of(Comment, (plan.key for _, plan in plans))
        answered = {plan.parent for _, plan in plans if self._by_author(plan)}
        new = [(article, plan) for article, plan in plans if plan.key not in known]
        notes = {plan.key: plan.note for _, plan in new}
        for depth in sorted({plan.depth for _, plan in new}):
            rows = Comment.objects.bulk_create(
                [
                    self._comment(article, plan, known.get(plan.parent), plan.key in answered)
                    for article, plan in new
                    if plan.depth == depth
                ],
                batch_size=ROWS_AT_ONCE,
            )
            known |= {str(row.import_key): row.pk for row in rows}
            self._record(rows, notes)
            learn_all(
                (row, row.state == Comment.State.SPAM)
                for row in rows
                if row.state in (Comment.State.APPROVED, Comment.State.SPAM)
            )
        self._report.written["comments"] += len(new)

    def _record(self, rows: Iterable[Comment], notes: dict[str, str]) -> None:
        CommentEvent.objects.bulk_create(
            (
                CommentEvent(
                    comment=row,
                    verb="import",
                    why="; ".join(filter(None, ["from WordPress", notes[str(row.import_key)]])),
                )
                for row in rows
            ),
            batch_size=ROWS_AT_ONCE,
        )

    def _comment(
        self, article: int, plan: CommentPlan, parent: int | None, is_answered: bool
    ) -> Comment:
        fmt = HTML if plan.is_html else PLAIN
        approved = plan.state == Comment.State.APPROVED
        by_author = self._by_author(plan)
        old = plan.moment < self._now - STILL_ANSWERABLE
        done = approved and (plan.pingback or by_author or is_answered or old)
        return Comment(
            import_key=plan.key,
            article_id=article,
            parent_id=parent,
            name=plan.name,
            email=plan.email,
            website=plan.website,
            text=plan.text,
            format=fmt,
            html=render(plan.text, fmt),
            state=plan.state,
            by_site_author=by_author,
            pingback=plan.pingback,
            created_at=plan.moment,
            approved_at=plan.moment if approved else None,
            closed_at=self._now if done else None,
        )

    def _by_author(self, plan: CommentPlan) -> bool:
        return plan.user > 0 and plan.user in self._filing.author_numbers


def _keys_of(model: type[Article] | type[Comment], keys: Iterable[str]) -> dict[str, int]:
    """Primary keys of the rows that are here already, by import key."""
    rows = model._default_manager.filter(import_key__in=list(keys))
    return {str(key): pk for key, pk in rows.values_list("import_key", "pk")}


def _origin(plan: Plan) -> str:
    told = f"from {plan.address or plan.key}"
    if plan.lead and not plan.lead.number:
        told = f"{told}; featured picture: {plan.lead.address}"
    return f"{told}; title in full: {plan.item.title}" if plan.title.endswith("…") else told


def _reaches_page(slug: str) -> bool:
    """A page lives at the top of the site, where some addresses belong to the site itself."""
    try:
        return resolve(reverse("articles:page", args=[slug])).view_name == "articles:page"
    except Resolver404:
        return False
