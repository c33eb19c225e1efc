"""From signals to features: transformers and the functions beside them."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_spectral": ["DifferentialEntropy", "differential_entropy"],
    "_band_power": ["BandPower", "band_power"],
    "_grid": ["GridProjector9x9", "project_grid"],
    "_connectivity": ["DynamicConnectivity", "connectivity"],
    "_r_peaks": ["find_r_peaks"],
    "_hrv": ["HRVFeatures", "HRVSeries", "rr_intervals"],
    "_images": ["BandImages"],
    "_face": ["FaceLandmarkFeatures"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
