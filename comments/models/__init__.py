from .akismet import AkismetCheck, AkismetCorrection
from .alert import Alert
from .alerting import AlertChoice, AlertRound
from .at_the_desk import AnswerDraft, Claim, SavedReply
from .attention import Urgency
from .batch import Batch, BatchEntry
from .block_rule import BlockRule, BlockRuleEvent, RuleHit
from .comment import Comment
from .danger import DangerFound, DangerWord
from .discussion import ArticleDiscussion, Discussion, Moderation, Order
from .following import Following, ReplyNotice
from .judgement import Judgement
from .keeping import DeletedComment, Listed, SpamLetter, SpamRound
from .lessons import FeatureCount, Lesson, Training
from .link import LinkRequest
from .origin import Origin
from .own import Withdrawn
from .promotion import Promotion
from .reader import Reader, ReaderEvent, ReaderNote
from .recorded import SettingChange
from .records import CaptchaCheck, CommentEvent, CommentVote
from .report import Report
from .text_print import TextPrint
from .watching import Watch, WatchResult
from .weekly import WeeklyLetter, WeeklyRound

__all__ = [
    "AkismetCheck",
    "AkismetCorrection",
    "Alert",
    "AlertChoice",
    "AlertRound",
    "AnswerDraft",
    "ArticleDiscussion",
    "Batch",
    "BatchEntry",
    "BlockRule",
    "BlockRuleEvent",
    "CaptchaCheck",
    "Claim",
    "Comment",
    "CommentEvent",
    "CommentVote",
    "DangerFound",
    "DangerWord",
    "DeletedComment",
    "Discussion",
    "FeatureCount",
    "Following",
    "Judgement",
    "Lesson",
    "LinkRequest",
    "Listed",
    "Moderation",
    "Order",
    "Origin",
    "Promotion",
    "Reader",
    "ReaderEvent",
    "ReaderNote",
    "ReplyNotice",
    "Report",
    "RuleHit",
    "SavedReply",
    "SettingChange",
    "SpamLetter",
    "SpamRound",
    "TextPrint",
    "Training",
    "Urgency",
    "Watch",
    "WatchResult",
    "WeeklyLetter",
    "WeeklyRound",
    "Withdrawn",
]
