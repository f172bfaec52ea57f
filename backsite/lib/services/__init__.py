"""Whom the site asks over the network, whether they answer, and who is told when not."""
