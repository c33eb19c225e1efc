"""What the methods against artifacts share: signals as objects of MNE."""

import numpy as np

from sklearn_emotion.features._images import standard_montage
from sklearn_emotion.montage import canonical_name, channel_names

MICRO = 1e-6


def check_positions(ch_names, n_channels, owner):
    """Return MNE's names of the channels, after checking that all have a position."""
    names = list(channel_names(ch_names))
    if len(names) != n_channels:
        raise ValueError(
            f"X has {n_channels} channels, but {owner} expects {len(names)} because "
            f"ch_names={ch_names!r}. Pass the names of your channels."
        )
    known = {canonical_name(name): name for name in standard_montage().ch_names}
    unknown = [name for name in names if canonical_name(name) not in known]
    if unknown:
        raise ValueError(
            f"{owner} needs the position of each electrode, but {unknown} have none in "
            "the 10-05 system. Leave these channels out, or rename them."
        )
    return [known[canonical_name(name)] for name in names]


def make_info(names, sfreq):
    """Return a description of EEG for MNE, with the positions of the electrodes."""
    import mne

    info = mne.create_info(names, sfreq, "eeg")
    info.set_montage(standard_montage(), verbose="error")
    return info


def own_random_state(random_state):
    """Return a random state that does not change the global one."""
    return np.random.RandomState() if random_state is None else random_state
