from .comment import Comment
from .records import CaptchaCheck, CommentEvent, CommentVote

__all__ = ["CaptchaCheck", "Comment", "CommentEvent", "CommentVote"]
