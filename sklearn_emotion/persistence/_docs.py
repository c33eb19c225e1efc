"""Texts that the functions of this package share."""

TEXTS = """
path : str or path-like
    Name of the file. An existing file is replaced, but its folder must exist.
"""
