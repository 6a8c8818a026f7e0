"""Sentences in parts, each with its role: how widgets say things in Python and draw them in a browser."""

from __future__ import annotations

import re

from .frames import Sentence


def said(words: str) -> Sentence:
    """Return words as a sentence; what stands in backticks is code, what stands in double asterisks is strong.

    >>> said("`x` is a **leaf**.")
    [['code', 'x'], ['text', ' is a '], ['strong', 'leaf'], ['text', '.']]
    """
    parts: Sentence = []
    for code, strong, text in re.findall(r"`([^`]+)`|\*\*([^*]+)\*\*|((?:(?!`|\*\*).)+|.)", words, re.DOTALL):
        parts.append(["code", code] if code else ["strong", strong] if strong else ["text", text])
    return parts


def plain(sentence: Sentence) -> str:
    """Return a sentence without the roles of its parts."""
    return "".join(words for _, words in sentence)
