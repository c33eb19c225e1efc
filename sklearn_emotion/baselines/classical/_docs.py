"""Texts that the classical baselines and deep CCA share."""

TEXTS = """
features : {"de", "band_power"} or transformer
    Differential entropy, log band power, or another transformer of signals. A
    transformer keeps its own sampling rate, bands and window.

bands : dict of str to (float, float)
    Name of each band and its edges in Hz. If None, the default bands of
    :class:`DifferentialEntropy` or :class:`BandPower` are used.

window : float
    Length in seconds of the windows in which features are computed. If None, the
    whole sample is one window.

C : float
    Inverse strength of the regularization.

gamma : {"scale", "auto"} or float
    Width of the kernel. "scale" is 1 / n_features for standardized features.

class_weight : dict or "balanced"
    Weights of the classes.

missing : {"error", "mask"}
    What to do with views that are missing in some samples: whose values are all NaN,
    whose ``X[name + "_mask"]`` is False, or that are not in X at prediction. "error"
    raises an error, and the description of the class states what "mask" does.

standardize : bool
    Whether to center and scale each feature with statistics of the training data.
"""

LABELS = """
y : array-like of shape (n_samples,)
    Class labels of any type.
"""

COVARIANCES = """
X : ndarray of shape (n_samples, n_bands, n_channels, n_channels)
    Covariances.

bands : dict of str to (float, float)
    Name of each band and its edges in Hz. If None, the default bands of
    :class:`DifferentialEntropy` are used.

estimator : {"oas", "lwf", "scm"}
    Oracle approximating shrinkage, Ledoit-Wolf shrinkage, or the sample
    covariance.

metric : {"riemann", "logeuclid"}
    Affine-invariant or log-Euclidean geometry. "logeuclid" is several times
    faster.

n_features_in_ : int
    Number of bands.

n_channels_ : int
    Number of channels.
"""

PROBABILITY = """
probability : bool
    Whether the pipeline has ``predict_proba``, which for example
    ``VotingClassifier(voting="soft")`` needs. If True, the support vector machine is
    the estimator of a :class:`~sklearn.calibration.CalibratedClassifierCV`, which fits
    it five times.
"""
