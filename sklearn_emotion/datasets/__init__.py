"""Loaders of published data sets, and a generator with planted effects."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_eegmat": ["fetch_eegmat", "load_eegmat"],
    "_synthetic": ["make_emotion"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
