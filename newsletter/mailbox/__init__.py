"""The mailbox that returned mail comes to: read, understood, acted on, and only then removed."""
