"""The Riemannian classifier of raw signals."""

from sklearn.linear_model import LogisticRegression

from sklearn_emotion.baselines._pipeline import TunablePipeline
from sklearn_emotion.baselines._riemann import (
    BandCovariances,
    BandMinimumDistance,
    BandTangentSpace,
)

# Inverse strength of the logistic regression's regularisation in the tangent space.
LOGISTIC_C = 0.01


def make_riemann(
    classifier="tangent",
    *,
    sfreq=128.0,
    bands=None,
    estimator="oas",
    metric="riemann",
    C=LOGISTIC_C,
    class_weight=None,
):
    """Build the Riemannian classifier of covariances, the field's strong baseline.

    Covariances of each band's signals (:class:`BandCovariances`) go to the tangent
    space at their mean and a logistic regression, or to the class with the nearest
    mean (minimum distance to mean).

    Read more in the :ref:`User Guide <classical_baselines>`.

    Parameters
    ----------
    classifier : {"tangent", "mdm"}, default="tangent"
        Tangent space and logistic regression, or minimum distance to mean.

    sfreq : float, default=128.0
        Sampling rate in Hz.

    bands : dict of str to (float, float), default=None
        Band name to its edges in Hz. If None, θ 4–7, α 8–13, β 14–30, γ 31–50 Hz.

    estimator : {"oas", "lwf", "scm"}, default="oas"
        Estimator of the covariances.

    metric : {"riemann", "logeuclid"}, default="riemann"
        Geometry; ``"logeuclid"`` is several times as fast.

    C : float, default=0.01
        Inverse strength of the logistic regression's regularisation; "mdm" has none.

    class_weight : dict or "balanced", default=None
        Weights of the classes in the logistic regression; "mdm" has none.

    Returns
    -------
    pipeline : TunablePipeline
        Classifier of signals of shape ``(n_samples, n_channels, n_times)``, with a
        ``param_grid()`` for nested search.

    Raises
    ------
    ValueError
        If `classifier` is another one, or "mdm" is given `C` or `class_weight`.

    See Also
    --------
    make_logistic : Power in place of covariances.

    Notes
    -----
    Departures from [1]_: bands of EEG in place of one band, each with a mean of its
    own; covariances are shrunk; a logistic regression in the tangent space in place of
    selected variables and linear discriminant analysis; the distance to the mean adds
    the squared distances of all bands.

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
                "has neither. Leave them out, or take classifier='tangent'."
            )
        end = [("mdm", BandMinimumDistance(metric=metric))]
    else:
        raise ValueError(f"classifier must be 'tangent' or 'mdm', got {classifier!r}.")
    return TunablePipeline([("covariances", covariances), *end])
