"""Loaders of published data sets, and a generator with planted effects."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_afew_va": ["load_afew_va"],
    "_amigos": ["load_amigos"],
    "_bunch": ["EmotionDataset"],
    "_cache": ["clear_cache", "list_cache"],
    "_check": ["check_dataset"],
    "_deap": ["load_deap"],
    "_dreamer": ["load_dreamer"],
    "_eegmat": ["load_eegmat"],
    "_fetch": ["fetch_eegmat"],
    "_mahnob_hci": ["load_mahnob_hci"],
    "_seed": ["load_seed"],
    "_stress_predict": ["load_stress_predict"],
    "_synthetic": ["make_emotion"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
