from .book import Book, Edition
from .bounce import BounceEvent, Heard, ReturnedMail
from .choice import Choice
from .consent import ConsentEvent, LeavingReason
from .course import Course, Lesson
from .delivery import Delivery
from .enrolment import Enrolment, SentLesson
from .forgetting import ErasingRound, ForgettingRound
from .handover import Handover
from .hit import Hit, IssueLink
from .importing import ImportFile, ImportRefusal, ListImport
from .issue import Issue, IssueEvent, NotNow
from .letter import Letter
from .lifted import LiftedRound
from .link_look import LinkLook
from .mailbox import MailboxRound
from .measuring import Measuring, MeasuringEvent
from .move import Move
from .recent_answers import RecentAnswers
from .segment import Segment
from .sender import Rate, Sender
from .signup import Signup
from .subscriber import Subscriber
from .suppression import Suppression, SuppressionEvent

__all__ = [
    "Book",
    "BounceEvent",
    "Choice",
    "ConsentEvent",
    "Course",
    "Delivery",
    "Edition",
    "Enrolment",
    "ErasingRound",
    "ForgettingRound",
    "Handover",
    "Heard",
    "Hit",
    "ImportFile",
    "ImportRefusal",
    "Issue",
    "IssueEvent",
    "IssueLink",
    "LeavingReason",
    "Lesson",
    "Letter",
    "LiftedRound",
    "LinkLook",
    "ListImport",
    "MailboxRound",
    "Measuring",
    "MeasuringEvent",
    "Move",
    "NotNow",
    "Rate",
    "RecentAnswers",
    "ReturnedMail",
    "Segment",
    "Sender",
    "SentLesson",
    "Signup",
    "Subscriber",
    "Suppression",
    "SuppressionEvent",
]
