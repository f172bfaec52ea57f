"""Reads what came back by mail: bounces, complaints, automatic replies."""

from .reading import read
from .report import Report

__all__ = ["Report", "read"]
