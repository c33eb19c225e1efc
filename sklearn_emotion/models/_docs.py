"""Texts and settings that the builders of several published systems share."""

from collections.abc import Mapping

BUILDERS = """
sfreq : float, dict of str to float or "auto"
    Sampling rate of the EEG in Hz, or the rates of the modalities, such as
    ``dataset.sfreq``. ``"auto"``, and a dict without a signal, read the rates of
    signals from the data (see `SignalArray`). Frames have the rate of the loaders,
    unless the dict contains it.

ch_names : str, sequence of str or None
    Names of the EEG channels, ``"auto"`` to read them from the data, or name of a
    montage, as for :class:`GridProjector9x9`.

**params : dict
    Arguments of the network, such as its ``paper_params()`` or its random state.
"""


def rate_of(sfreq, modality, default):
    """Return the rate of a modality in Hz.

    Parameters
    ----------
    sfreq : float, mapping of str to float or "auto"
        Rate of the EEG, or rates by modality.
    modality : str
        Name of the modality.
    default : float or "auto"
        Rate of a modality that `sfreq` does not contain.
    """
    if isinstance(sfreq, Mapping):
        return sfreq.get(modality, default)
    return sfreq if modality == "eeg" else default
