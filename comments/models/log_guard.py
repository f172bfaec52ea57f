"""The moderation log is kept by the database itself: what was written there is not changed.

An event goes only together with what it tells of. `SET LOCAL backsite.erasing = 'on'` lets a
transaction pass that carries out a reader's right to be forgotten.
"""

from __future__ import annotations

from typing import Final

# Each table of events, and the table and column of what its rows tell of (none: they stay).
GUARDED: Final = (
    ("comments_commentevent", "comments_comment", "comment_id"),
    ("comments_readerevent", "comments_reader", "reader_id"),
    ("comments_settingchange", "", ""),
    ("comments_blockruleevent", "comments_blockrule", "rule_id"),
    ("articles_articleevent", "articles_article", "article_id"),
)

_NO_CHANGE: Final = """
CREATE OR REPLACE FUNCTION backsite_log_is_not_changed() RETURNS trigger AS $$
BEGIN
  -- An account that is deleted leaves its name in `actor`.
  IF current_setting('backsite.erasing', true) = 'on'
     OR to_jsonb(NEW) = to_jsonb(OLD) || jsonb_build_object('by_id', NULL)
     OR to_jsonb(NEW) = to_jsonb(OLD) || jsonb_build_object('article_id', NULL) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'The moderation log is not changed.';
END $$ LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION backsite_log_is_not_deleted() RETURNS trigger AS $$
DECLARE there boolean := true;
BEGIN
  IF current_setting('backsite.erasing', true) = 'on' THEN
    RETURN NULL;
  END IF;
  IF TG_NARGS = 2 THEN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE id = $1)', TG_ARGV[0])
      INTO there USING (to_jsonb(OLD) ->> TG_ARGV[1])::bigint;
  END IF;
  IF there THEN
    RAISE EXCEPTION 'Nothing is deleted from the moderation log.';
  END IF;
  RETURN NULL;
END $$ LANGUAGE plpgsql;
"""


def install() -> str:
    """The statements that put the guard in force; safe to run again."""
    return _NO_CHANGE + "".join(_triggers(*names) for names in GUARDED)


def remove() -> str:
    lines = [
        f"DROP TRIGGER IF EXISTS log_unchanged ON {table};\n"
        f"DROP TRIGGER IF EXISTS log_undeleted ON {table};\n"
        for table, _, _ in GUARDED
    ]
    return "".join(lines) + (
        "DROP FUNCTION IF EXISTS backsite_log_is_not_changed();\n"
        "DROP FUNCTION IF EXISTS backsite_log_is_not_deleted();\n"
    )


def _triggers(table: str, told_of: str, column: str) -> str:
    names = f"'{told_of}', '{column}'" if told_of else ""
    return (
        f"DROP TRIGGER IF EXISTS log_unchanged ON {table};\n"
        f"DROP TRIGGER IF EXISTS log_undeleted ON {table};\n"
        f"CREATE TRIGGER log_unchanged BEFORE UPDATE ON {table}\n"
        "  FOR EACH ROW EXECUTE FUNCTION backsite_log_is_not_changed();\n"
        f"CREATE CONSTRAINT TRIGGER log_undeleted AFTER DELETE ON {table}\n"
        "  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW\n"
        f"  EXECUTE FUNCTION backsite_log_is_not_deleted({names});\n"
    )
