from .comment import Comment
from .records import CommentEvent, CommentVote

__all__ = ["Comment", "CommentEvent", "CommentVote"]
