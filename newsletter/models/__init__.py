from .book import Book
from .signup import Signup
from .subscriber import ConsentEvent, Subscriber

__all__ = ["Book", "ConsentEvent", "Signup", "Subscriber"]
