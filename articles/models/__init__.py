from .article import Article, ArticleEvent, Byline, Reference
from .author import Author
from .site import Site
from .topic import Tag, Topic

__all__ = [
    "Article",
    "ArticleEvent",
    "Author",
    "Byline",
    "Reference",
    "Site",
    "Tag",
    "Topic",
]
