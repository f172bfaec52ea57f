"""What readers read, in the staff's desk."""

from .article import ArticleAdmin
from .others import AuthorAdmin, SiteAdmin, TagAdmin, TopicAdmin

__all__ = ["ArticleAdmin", "AuthorAdmin", "SiteAdmin", "TagAdmin", "TopicAdmin"]
