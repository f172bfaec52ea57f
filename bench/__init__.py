"""Measurements. `python3 bench/all.py` prints them as one table, each beside its limit."""
