"""Texts and settings that the builders of several published systems share."""

from collections.abc import Mapping

BUILDERS = """
sfreq : float or dict of str to float
    Sampling rate of the EEG in Hz, or the rates of the modalities, such as
    ``dataset.sfreq``. A modality without a rate has the default rate of the loaders.

ch_names : str, sequence of str or None
    Names of the EEG channels, or name of a montage, as for :class:`GridProjector9x9`.

**params : dict
    Arguments of the network, such as its ``paper_params()`` or its random state.
"""


def rate_of(sfreq, modality, default):
    """Return the rate of a modality in Hz.

    Parameters
    ----------
    sfreq : float or mapping of str to float
        Rate of the EEG, or rates by modality.
    modality : str
        Name of the modality.
    default : float
        Rate of a modality that `sfreq` does not contain.
    """
    if isinstance(sfreq, Mapping):
        return sfreq.get(modality, default)
    return sfreq if modality == "eeg" else default
