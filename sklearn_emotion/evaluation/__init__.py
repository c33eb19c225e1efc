"""Comparisons that can be rerun and resumed."""

from sklearn_emotion._lazy import attach

NAMES = {}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
