from . import books, courses, imports, issues, letters, measuring, people, returned

__all__ = ["books", "courses", "imports", "issues", "letters", "measuring", "people", "returned"]
