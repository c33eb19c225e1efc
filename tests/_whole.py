"""Transformers that show to which recording they were fitted."""

from sklearn.base import BaseEstimator, TransformerMixin


class MinusStart(TransformerMixin, BaseEstimator):
    """Subtract the first value of each channel of the recording that was fitted."""

    def __init__(self, factor=1.0):
        self.factor = factor

    def fit(self, X, y=None):
        assert len(X) == 1
        self.start_ = X[..., :1].copy()
        return self

    def transform(self, X):
        return X - self.factor * self.start_
