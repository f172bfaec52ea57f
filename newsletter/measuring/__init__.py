"""Openings and links that are followed: what letters carry for that, and who is no reader."""
