"""Demonstration content: a small site on living with back pain, to look at and to try.

Everybody in it is invented; every reference is real. The texts are files here, `content`
reads them and `loader` writes them into an empty site.
"""
