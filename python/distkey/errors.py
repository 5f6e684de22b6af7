"""What goes wrong."""

from __future__ import annotations


class Error(Exception):
    """What the program says when it can't answer: what, where, and what to do."""
