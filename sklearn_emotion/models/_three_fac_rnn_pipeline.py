"""3FACRNN from signals: features, grid and network."""

from sklearn.pipeline import make_pipeline

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.features import DifferentialEntropy, GridProjector9x9
from sklearn_emotion.features._docs import SIGNALS
from sklearn_emotion.modalities import ModalityTransformer
from sklearn_emotion.model_selection._pipeline import TunablePipeline
from sklearn_emotion.models._three_fac_rnn import TEXTS, ThreeFACRNN
from sklearn_emotion.preprocessing import BaselineRemoval

_PARAMETERS = """
sfreq : float or "auto"
    Sampling rate of the EEG and of its baseline in Hz. ``"auto"`` reads it from the
    data.

bands : dict of str to (float, float) or None
    Lower and upper edge of each band in Hz. If None, the bands of the paper: theta 4-7,
    alpha 8-13, beta 14-30 and gamma 31-50 Hz.

window : float
    Length in seconds of the windows whose features the network reads as a sequence.

baseline : {"signal", "features"} or None
    How the recording at rest before each trial, ``X["baseline"]``, is subtracted.
    "signal" subtracts the mean of its segments from the EEG before the filters, and
    "features" subtracts the mean of its features. If None, nothing is subtracted.

segment : float
    Length in seconds of the segments of the baseline, for ``baseline="signal"``.

raw : bool
    Whether the network reads the EEG itself, one grid for each time point (Table 4),
    instead of features. Training then takes many times longer.

**params : dict
    Further parameters of :class:`ThreeFACRNN`, such as `self_attention` or those from
    ``ThreeFACRNN.paper_params()``.
"""


@fill_doc(SIGNALS, TEXTS, _PARAMETERS)
def make_three_fac_rnn(
    *,
    sfreq="auto",
    ch_names="auto",
    bands=None,
    window=0.5,
    baseline="signal",
    segment=1.0,
    raw=False,
    teacher=None,
    **params,
):
    """Build 3FACRNN from signals: baseline removal, features, grid and network.

    The input is `Modalities`, as the loaders return it: signals ``eeg`` of shape
    ``(n_samples, n_channels, n_times)``, and the signals of the ``baseline`` before
    each trial, if it is subtracted. With a teacher, `fit` also needs the frames
    ``face`` of shape ``(n_samples, n_frames, 3, 48, 48)``. Prediction needs no faces.

    Read more in the :ref:`User Guide <three_fac_rnn>`.

    Parameters
    ----------
    %(sfreq)s

    %(ch_names)s

    %(bands)s

    %(window)s

    %(baseline)s

    %(segment)s

    %(raw)s

    %(teacher)s

    %(**params)s

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of `Modalities`, with a ``param_grid()`` over the weight of the
        teacher's features, from 0.5 to 1.5 as in the paper [1]_.

    Raises
    ------
    ValueError
        If `baseline` is unknown, or if features of the baseline should be subtracted
        from raw EEG.

    See Also
    --------
    ThreeFACRNN : The network, with all departures from the paper.
    BaselineRemoval : The first step.

    Notes
    -----
    Departures from [1]_: the paper subtracts the baseline "with a non-overlapping
    sliding window" and does not state its length. Here, it is 1 s. The features of a
    sample are computed in windows of 0.5 s. See :class:`ThreeFACRNN` for the network.

    References
    ----------
    .. [1] Y. Du, P. Li, L. Cheng, X. Zhang, M. Li and F. Li, "Attention-based 3D
       convolutional recurrent neural network model for multimodal emotion
       recognition", Frontiers in Neuroscience 17:1330077, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import Modalities, make_three_fac_rnn
    >>> rng = np.random.default_rng(0)
    >>> X = Modalities(
    ...     eeg=rng.normal(size=(6, 32, 256)), baseline=rng.normal(size=(6, 32, 384))
    ... )
    >>> model = make_three_fac_rnn(max_epochs=1, random_state=0)
    >>> model.fit(X, ["calm", "tense"] * 3).predict_proba(X).shape
    (6, 2)
    >>> list(model.param_grid())
    ['network__distill_weight']
    """
    if baseline not in ("signal", "features", None):
        raise ValueError(
            f"baseline must be 'signal', 'features' or None, got {baseline!r}."
        )
    entropy = DifferentialEntropy(sfreq=sfreq, bands=bands, window=window)
    grid = GridProjector9x9(ch_names)
    if raw:
        if baseline == "features":
            raise ValueError(
                "baseline='features' subtracts features of the baseline, but with "
                "raw=True there are no features. Pass baseline='signal' or None."
            )
        to_grid = GridProjector9x9(ch_names, channel_axis=1)
    elif baseline == "features":
        to_grid = grid
    else:
        to_grid = make_pipeline(entropy, grid)
    steps = []
    if baseline == "signal":
        removal = BaselineRemoval(domain="signal", sfreq=sfreq, segment=segment)
        steps = [("baseline", removal)]
    elif baseline == "features":
        of_both = [("eeg", entropy, "eeg"), ("baseline", entropy, "baseline")]
        steps = [
            ("features", ModalityTransformer(of_both, remainder="passthrough")),
            ("baseline", BaselineRemoval()),
        ]
    # Faces and features of a teacher pass through to the network.
    on_grid = ModalityTransformer([("eeg", to_grid, "eeg")], remainder="passthrough")
    network = ThreeFACRNN(teacher=teacher, **params)
    return TunablePipeline([*steps, ("grid", on_grid), ("network", network)])
