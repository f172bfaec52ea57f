"""What readers read, in the staff's desk."""

from .article import ArticleAdmin
from .calls import CallAdmin
from .evidence import CredentialAdmin, ReviewAdmin
from .feedback import FeedbackAdmin
from .found import OldAddressAdmin, ReadershipAdmin, SeriesAdmin
from .others import AuthorAdmin, SiteAdmin, TagAdmin, TopicAdmin
from .pictures import PictureAdmin
from .promoted import PromotedResultAdmin

__all__ = [
    "ArticleAdmin",
    "AuthorAdmin",
    "CallAdmin",
    "CredentialAdmin",
    "FeedbackAdmin",
    "OldAddressAdmin",
    "PictureAdmin",
    "PromotedResultAdmin",
    "ReadershipAdmin",
    "ReviewAdmin",
    "SeriesAdmin",
    "SiteAdmin",
    "TagAdmin",
    "TopicAdmin",
]
