"""The sklearn-emotion command."""

from sklearn_emotion.cli._main import main

__all__ = ["main"]
