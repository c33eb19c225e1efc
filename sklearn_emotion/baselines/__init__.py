"""What the published systems are compared with."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_logistic": ["make_logistic"],
    "_mkl": ["MultipleKernelClassifier"],
    "_riemann": [
        "BandCovariances",
        "BandMinimumDistance",
        "BandTangentSpace",
        "make_riemann",
    ],
    "_svm": ["make_svm"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
