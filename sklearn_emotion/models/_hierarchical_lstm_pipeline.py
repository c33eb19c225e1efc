"""Pipeline from EEG and face frames to the hierarchical-attention LSTM."""

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features import BandImages
from sklearn_emotion.modalities import ModalityTransformer
from sklearn_emotion.model_selection._pipeline import TunablePipeline
from sklearn_emotion.models._docs import BUILDERS, rate_of
from sklearn_emotion.models._hierarchical_lstm import HierarchicalAttentionLSTM
from sklearn_emotion.preprocessing import BaselineRemoval, WaveletDenoiser

_PARAMETERS = """
baseline : {"signal", "features"} or None
    How the recording at rest before each trial, which X then contains as ``baseline``,
    is subtracted. "signal" subtracts the mean of its segments of 1 s from the EEG, and
    "features" subtracts the mean of its band images from the band images. If None,
    nothing is subtracted.

denoise : bool
    Whether to remove artifacts from the EEG by soft thresholds of wavelets.

size : int
    Number of pixels along a side of the band images.
"""


@fill_doc(BUILDERS, _PARAMETERS)
def make_hierarchical_lstm(
    *,
    sfreq="auto",
    ch_names="auto",
    baseline=None,
    denoise=True,
    size=32,
    **params,
):
    """Build the hierarchical-attention LSTM, from EEG and face frames to classes.

    The pipeline draws the energy of the bands alpha, beta and theta as images, one set
    for each frame of the face. The paper [1]_ uses 8 frames per second, so that a
    sample of 5 s has the 40 frames of its longest sequence.

    Read more in the :ref:`User Guide <hierarchical_lstm>`.

    Parameters
    ----------
    %(sfreq)s

    %(ch_names)s

    %(baseline)s

    %(denoise)s

    %(size)s

    %(**params)s

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of ``Modalities`` with ``eeg`` (n_samples, n_channels, n_times) in
        µV and ``face`` (n_samples, n_frames, 3, height, width) or (n_samples, n_frames,
        n_features). Its ``param_grid()`` varies the penalty, which the paper selects by
        a random search over values that it does not state.

    Raises
    ------
    ValueError
        If `baseline` is unknown.

    See Also
    --------
    HierarchicalAttentionLSTM : The network, with the switches of the paper's figures.
    load_deap : Loads ``modalities=("eeg", "face")`` with ``face_rate=8.0``.

    Notes
    -----
    Departures from [1]_: the wavelet and its thresholds are those of
    :class:`WaveletDenoiser`, and the images have 32 x 32 pixels, since the paper states
    neither. All others are listed in the notes of :class:`HierarchicalAttentionLSTM`.

    References
    ----------
    .. [1] D. Wu, J. Zhang and Q. Zhao, "Multimodal fused emotion recognition about
       expression-EEG interaction and collaboration using deep learning", IEEE Access
       8, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, make_hierarchical_lstm
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(eeg=rng.standard_normal((4, 32, 640)),
    ...                face=rng.random((4, 40, 3, 16, 16)))
    >>> clf = make_hierarchical_lstm(
    ...     n_hidden=8, max_steps=4, max_epochs=1, random_state=0
    ... )
    >>> clf.fit(X, ["low", "high"] * 2)[:-1].transform(X)["eeg"].shape
    (4, 40, 3, 32, 32)
    """
    if baseline not in ("signal", "features", None):
        raise ValueError(
            f"baseline must be 'signal', 'features' or None, got {baseline!r}."
        )
    rate = rate_of(sfreq, "eeg", "auto")
    images = BandImages(
        ch_names=ch_names,
        size=size,
        sfreq=rate,
        frame_rate=rate_of(sfreq, "face", 8.0),
    )

    def of_signals(step, *keys):
        entries = [(key, step, key) for key in keys]
        return ModalityTransformer([*entries, ("face", "passthrough", "face")])

    keys = ("eeg",) if baseline is None else ("eeg", "baseline")
    steps = [("denoise", of_signals(WaveletDenoiser(), *keys))] if denoise else []
    if baseline == "signal":
        steps.append(("baseline", BaselineRemoval(domain="signal", sfreq=rate)))
        keys = ("eeg",)
    steps.append(("images", of_signals(images, *keys)))
    if baseline == "features":
        steps.append(("baseline", BaselineRemoval(domain="features")))
    return TunablePipeline([*steps, ("network", HierarchicalAttentionLSTM(**params))])
