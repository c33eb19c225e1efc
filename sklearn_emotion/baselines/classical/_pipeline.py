"""Features of the classical baselines."""

from sklearn_emotion.features import BandPower, DifferentialEntropy

# By default, the sampling rate is read from the data.
SFREQ = "auto"


def make_features(features, sfreq, bands, window):
    """Return the transformer that a builder's `features` names.

    Raises a ValueError if the name is unknown, or if `features` is a transformer and
    other settings are given, which would have no effect.
    """
    if features == "de":
        return DifferentialEntropy(sfreq=sfreq, bands=bands, window=window)
    if features == "band_power":
        return BandPower(sfreq=sfreq, bands=bands, window=window, log=True)
    if not hasattr(features, "transform"):
        raise ValueError(
            f"features must be 'de', 'band_power' or a transformer, got {features!r}."
        )
    given = {"bands": bands, "window": window}
    given = {name: value for name, value in given.items() if value is not None}
    if sfreq != SFREQ:
        given["sfreq"] = sfreq
    if given:
        raise ValueError(
            f"{given} would change nothing, since features is a "
            f"{type(features).__name__}: set them in it or leave them out."
        )
    return features
