"""The Riemannian classifier of raw signals."""

from sklearn.linear_model import LogisticRegression

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.baselines.classical._docs import COVARIANCES
from sklearn_emotion.baselines.classical._riemann import (
    BandCovariances,
    BandMinimumDistance,
    BandTangentSpace,
)
from sklearn_emotion.modalities import ModalityTransformer
from sklearn_emotion.model_selection._pipeline import TunablePipeline
from sklearn_emotion.preprocessing._recentering import RiemannianRecentering

# Inverse strength of the regularization in the tangent space.
LOGISTIC_C = 0.01

_TEXTS = """
classifier : {"tangent", "mdm"}
    Logistic regression in the tangent space, or minimum distance to mean.

C : float
    Inverse strength of the regularization of the logistic regression. "mdm" has
    none.

class_weight : dict or "balanced"
    Weights of the classes in the logistic regression. "mdm" has none.

recenter : bool
    Whether to recenter the covariances of each subject
    (:class:`RiemannianRecentering`). The step is transductive, and the classifier then
    takes `Modalities` with the entries ``"eeg"`` and ``"subject"``.
"""


@fill_doc(COVARIANCES, _TEXTS)
def make_riemann(
    classifier="tangent",
    *,
    sfreq="auto",
    bands=None,
    estimator="oas",
    metric="riemann",
    C=LOGISTIC_C,
    class_weight=None,
    recenter=False,
):
    """Build the Riemannian classifier of covariances, a strong baseline in the field.

    The covariances of each band (:class:`BandCovariances`) are projected on the tangent
    space at their mean and classified by a logistic regression. Alternatively, each
    sample is assigned to the class with the nearest mean (minimum distance to mean).

    Read more in the :ref:`User Guide <classical_baselines>`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of signals of shape ``(n_samples, n_channels, n_times)``, or of
        `Modalities` with `recenter`. Its ``param_grid()`` is for nested search.

    Raises
    ------
    ValueError
        If `classifier` is unknown, or if `C` or `class_weight` is set for "mdm".

    See Also
    --------
    make_logistic : Band power instead of covariances.

    Notes
    -----
    Departures from [1]_: there are several bands of EEG instead of one, each with its
    own mean. Covariances are estimated with shrinkage. A logistic regression in the
    tangent space replaces the selection of variables and linear discriminant analysis.
    The distance to the mean adds the squared distances of all bands.

    References
    ----------
    .. [1] A. Barachant, S. Bonnet, M. Congedo and C. Jutten, "Multiclass
       brain-computer interface classification by Riemannian geometry", IEEE
       Transactions on Biomedical Engineering 59(4), 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_emotion import make_riemann
    >>> X = np.random.default_rng(0).normal(size=(20, 32, 256))
    >>> X[::2, :8] *= 2
    >>> y = ["calm", "tense"] * 10
    >>> make_riemann().fit(X[:16], y[:16]).predict(X[16:]).tolist()
    ['calm', 'tense', 'calm', 'tense']
    """
    covariances = BandCovariances(sfreq=sfreq, bands=bands, estimator=estimator)
    start = [("covariances", covariances)]
    if recenter:
        kept = ("subject", "passthrough", "subject")
        both = ModalityTransformer([("eeg", covariances, "eeg"), kept])
        start = [
            ("covariances", both),
            ("recentering", RiemannianRecentering(metric=metric)),
        ]
    if classifier == "tangent":
        logistic = LogisticRegression(C=C, class_weight=class_weight, max_iter=1000)
        end = [
            ("tangent", BandTangentSpace(metric=metric)),
            ("logistic", logistic),
        ]
    elif classifier == "mdm":
        if C != LOGISTIC_C or class_weight is not None:
            raise ValueError(
                f"C={C} and class_weight={class_weight} would change nothing: 'mdm' "
                "has neither. Leave them out or use classifier='tangent'."
            )
        end = [("mdm", BandMinimumDistance(metric=metric))]
    else:
        raise ValueError(f"classifier must be 'tangent' or 'mdm', got {classifier!r}.")
    return TunablePipeline([*start, *end])
