from .address import OldAddress
from .article import Article, ArticleEvent, Byline
from .author import Author, AuthorLink
from .call import Call, CallCount
from .credential import Credential, CredentialEvent, credentials_line
from .desk import Opened, Unsaved
from .evidence import ChangeNote, Review, ReviewEvent, ReviewRefused
from .feedback import Feedback, FeedbackEvent
from .picture import Picture, PictureEvent
from .preview import PreviewLink
from .promoted import PromotedResult
from .reading import ReadCount
from .reference import Reference
from .revision import Revision
from .series import Series, SeriesPart
from .site import Site
from .start_here import StartHere
from .topic import Tag, Topic
from .vocabulary import Vocabulary, Word

__all__ = [
    "Article",
    "ArticleEvent",
    "Author",
    "AuthorLink",
    "Byline",
    "Call",
    "CallCount",
    "ChangeNote",
    "Credential",
    "CredentialEvent",
    "Feedback",
    "FeedbackEvent",
    "OldAddress",
    "Opened",
    "Picture",
    "PictureEvent",
    "PreviewLink",
    "PromotedResult",
    "ReadCount",
    "Reference",
    "Review",
    "ReviewEvent",
    "ReviewRefused",
    "Revision",
    "Series",
    "SeriesPart",
    "Site",
    "StartHere",
    "Tag",
    "Topic",
    "Unsaved",
    "Vocabulary",
    "Word",
    "credentials_line",
]
