"""Baselines that need no network; nothing in this folder imports torch."""
