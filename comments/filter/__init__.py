"""What speaks for and against a comment, and what follows from it."""
