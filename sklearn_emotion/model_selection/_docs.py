"""Texts that the splitters share, and texts that cross-validation and search share."""

SPLITTER = """
X, y : Ignored
    Not used, present for API consistency by convention.

X : array-like or Modalities of n_samples samples
    Data. Only the number of samples is used.

y : array-like of shape (n_samples,)
    Labels or ratings. Floats with more than two values are ratings. For labels, every
    class must occur in the training samples of each fold.

groups : pandas.DataFrame of n_samples rows
    Metadata of the samples, such as ``dataset.metadata``. `split` requires them.

train, test : tuple of ndarray of int
    Positions of the training samples and of the test samples.

random_state : int, RandomState instance or None
    Seed of the random assignment to folds.
"""

VALIDATION = """
X : array-like or Modalities of n_samples samples
    Data.

y : array-like of shape (n_samples,)
    Targets.

scoring : str, callable, list, tuple or dict
    As in scikit-learn. No step is computed in advance if there is a function other
    than a scorer from ``make_scorer``, because the function may use the signals.

n_jobs : int or None
    Number of fits that joblib runs at the same time.

cv : int, splitter or iterable
    As in scikit-learn.

verbose : int
    As in scikit-learn.

pre_dispatch : int or str
    As in scikit-learn.

error_score : "raise" or number
    Score of a fold in which the estimator fails.

return_train_score : bool
    Whether to compute scores on the training data too.
"""
