"""Scores that scikit-learn lacks, and all scores of one set of predictions."""

import numpy as np
from scipy.stats import rankdata
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import column_or_1d

CLASSIFICATION = (
    "accuracy",
    "balanced_accuracy",
    "f1",
    "macro_f1",
    "precision",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "roc_auc",
)
REGRESSION = ("r2", "mae", "rmse", "ccc", "pearson")
#: Scores of which less is better.
ERRORS = ("mae", "rmse")


def sensitivity_score(y_true, y_pred, *, pos_label=None, labels=None):
    """Share of the positive samples that are found, TP / (TP + FN).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        True and predicted labels.
    pos_label : label or None, default=None
        The positive class. If None, the larger of two labels; with more than two,
        the mean over classes, each against the rest.
    labels : array-like of shape (n_classes,) or None, default=None
        All classes. If None, those that occur; where only one does, it must be 1,
        which is positive, or 0 or -1, which are negative.

    Returns
    -------
    score : float
        NaN where no sample is positive.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import sensitivity_score
    >>> sensitivity_score([1, 1, 1, 0], [1, 1, 0, 0])
    0.6666666666666666
    """
    return _of_positive(
        y_true, y_pred, pos_label, labels, lambda c: (c.tp, c.tp + c.fn)
    )


def specificity_score(y_true, y_pred, *, pos_label=None, labels=None):
    """Share of the negative samples that are called negative, TN / (TN + FP).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        True and predicted labels.
    pos_label : label or None, default=None
        The positive class. If None, the larger of two labels; with more than two,
        the mean over classes, each against the rest.
    labels : array-like of shape (n_classes,) or None, default=None
        All classes. If None, those that occur; where only one does, it must be 1,
        which is positive, or 0 or -1, which are negative.

    Returns
    -------
    score : float
        NaN where no sample is negative.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import specificity_score
    >>> specificity_score([0, 0, 0, 0, 1], [0, 0, 0, 1, 1])
    0.75
    """
    return _of_positive(
        y_true, y_pred, pos_label, labels, lambda c: (c.tn, c.tn + c.fp)
    )


def positive_predictive_value(y_true, y_pred, *, pos_label=None, labels=None):
    """Share of the samples called positive that are, TP / (TP + FP).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        True and predicted labels.
    pos_label : label or None, default=None
        The positive class. If None, the larger of two labels; with more than two,
        the mean over classes, each against the rest.
    labels : array-like of shape (n_classes,) or None, default=None
        All classes. If None, those that occur; where only one does, it must be 1,
        which is positive, or 0 or -1, which are negative.

    Returns
    -------
    score : float
        NaN where no sample is called positive; scikit-learn's precision is 0 there.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import positive_predictive_value
    >>> positive_predictive_value([0, 1, 1], [1, 1, 1])
    0.6666666666666666
    """
    return _of_positive(
        y_true, y_pred, pos_label, labels, lambda c: (c.tp, c.tp + c.fp)
    )


def negative_predictive_value(y_true, y_pred, *, pos_label=None, labels=None):
    """Share of the samples called negative that are, TN / (TN + FN).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        True and predicted labels.
    pos_label : label or None, default=None
        The positive class. If None, the larger of two labels; with more than two,
        the mean over classes, each against the rest.
    labels : array-like of shape (n_classes,) or None, default=None
        All classes. If None, those that occur; where only one does, it must be 1,
        which is positive, or 0 or -1, which are negative.

    Returns
    -------
    score : float
        NaN where no sample is called negative.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import negative_predictive_value
    >>> negative_predictive_value([0, 1, 1, 1], [0, 0, 0, 1])
    0.3333333333333333
    """
    return _of_positive(
        y_true, y_pred, pos_label, labels, lambda c: (c.tn, c.tn + c.fn)
    )


def classification_rate(y_true, y_pred):
    """Share of the samples whose class is right: the papers' word for accuracy.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        True and predicted labels.

    Returns
    -------
    score : float
        Between 0 and 1; the papers print it in per cent.

    Notes
    -----
    Equation 20 of the paper on the hierarchical-attention LSTM prints the formula of
    F1 under this name; its text means the share.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import classification_rate
    >>> classification_rate(["low", "high"], ["low", "low"])
    0.5
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return float(np.mean(y_true == y_pred))


def concordance_correlation(y_true, y_pred):
    r"""Concordance correlation coefficient of continuous ratings.

    .. math:: \rho_c = \frac{2 s_{xy}}{s_x^2 + s_y^2 + (\bar x - \bar y)^2}

    with variances of divisor n [1]_: 1 for equal ratings, and below Pearson's
    correlation as soon as the mean or the spread differs.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        True and predicted ratings.

    Returns
    -------
    score : float
        Between -1 and 1; 0 where one is constant, NaN where both are, and equal.

    References
    ----------
    .. [1] L. I.-K. Lin, "A concordance correlation coefficient to evaluate
       reproducibility", Biometrics 45(1):255-268, 1989.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import concordance_correlation
    >>> round(concordance_correlation([1, 2, 3], [2, 3, 4]), 4)
    0.5714
    """
    x, y = _pair(y_true, y_pred)
    x, y = x.astype(np.float64), y.astype(np.float64)
    if not (_varies(x) and _varies(y)):
        return float("nan") if np.array_equal(x, y) else 0.0
    covariance = np.mean((x - x.mean()) * (y - y.mean()))
    return float(2 * covariance / (x.var() + y.var() + (x.mean() - y.mean()) ** 2))


def _varies(x):
    """Whether numbers differ; rounding gives equal ones a variance above zero."""
    return np.ptp(x) > 0


class _Counts:
    """Confusion of each class against the rest."""

    def __init__(self, y_true, y_pred, classes):
        is_true = y_true[:, None] == classes
        is_pred = y_pred[:, None] == classes
        self.tp = (is_true & is_pred).sum(axis=0)
        self.fp = (~is_true & is_pred).sum(axis=0)
        self.fn = (is_true & ~is_pred).sum(axis=0)
        self.tn = (~is_true & ~is_pred).sum(axis=0)


def _pair(y_true, y_pred):
    y_true, y_pred = column_or_1d(y_true), column_or_1d(y_pred)
    check_consistent_length(y_true, y_pred)
    return y_true, y_pred


def _ratio(part, whole):
    out = np.full(np.shape(whole), np.nan)
    return np.divide(part, whole, out=out, where=np.asarray(whole) > 0)


def _mean(values):
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else float("nan")


def _of_positive(y_true, y_pred, pos_label, labels, terms):
    y_true, y_pred = _pair(y_true, y_pred)
    seen = np.unique(np.concatenate([y_true, y_pred]))
    classes = seen if labels is None else np.unique(labels)
    if pos_label is not None:
        classes = np.array([pos_label])
    elif len(classes) == 2:
        classes = classes[1:]
    elif len(classes) == 1:
        if classes[0] not in (-1, 0, 1):
            raise ValueError(
                f"Only the class {classes.tolist()[0]!r} occurs, which may be the "
                "positive or the negative one: pass all classes as labels=, or "
                "pos_label=."
            )
        classes = np.array([1])
    return _mean(_ratio(*terms(_Counts(y_true, y_pred, classes))))


def classification_scores(y_true, y_pred, y_score=None, *, classes, pos_label=None):
    """All scores of one set of predicted labels.

    Parameters
    ----------
    y_true, y_pred : ndarray of shape (n_samples,)
        True and predicted labels.
    y_score : ndarray of shape (n_samples, n_classes) or None, default=None
        Scores of the classes, in the order of `classes`, for the ROC curve.
    classes : ndarray of shape (n_classes,)
        All classes of the data set.
    pos_label : label or None, default=None
        The positive class of two. If None, the last one.

    Returns
    -------
    scores : dict of str to float
        Keys as in `CLASSIFICATION`. With more than two classes, F1, precision and so
        on are means over classes. Scores without a denominator are NaN, except
        precision and F1, which are 0 as in scikit-learn.
    """
    c = _Counts(y_true, y_pred, classes)
    recall = _ratio(c.tp, c.tp + c.fn)
    f1 = _ratio(2 * c.tp, 2 * c.tp + c.fp + c.fn)
    ppv = _ratio(c.tp, c.tp + c.fp)
    binary = len(classes) == 2
    if binary:
        pos_label = classes[-1] if pos_label is None else pos_label
        chosen = classes == pos_label
    else:
        chosen = np.ones(len(classes), dtype=bool)
    seen = c.tp + c.fp + c.fn > 0
    counted = chosen if binary else chosen & seen
    return {
        "accuracy": float(np.mean(y_true == y_pred)),
        "balanced_accuracy": _mean(recall),
        "f1": float(np.nan_to_num(f1[counted]).mean()),
        "macro_f1": _mean(f1),
        "precision": float(np.nan_to_num(ppv[counted]).mean()),
        "sensitivity": _mean(recall[chosen]),
        "specificity": _mean(_ratio(c.tn, c.tn + c.fp)[chosen]),
        "ppv": _mean(ppv[chosen]),
        "npv": _mean(_ratio(c.tn, c.tn + c.fn)[chosen]),
        "roc_auc": _roc_auc(y_true, y_score, classes, chosen),
    }


def _roc_auc(y_true, y_score, classes, chosen):
    """Area by ranks (Mann-Whitney), ties counted half; mean over chosen classes."""
    if y_score is None:
        return float("nan")
    areas = []
    for k in np.flatnonzero(chosen):
        positive = y_true == classes[k]
        n_pos, n_neg = positive.sum(), (~positive).sum()
        if n_pos and n_neg:
            ranks = rankdata(y_score[:, k])
            u = ranks[positive].sum() - n_pos * (n_pos + 1) / 2
            areas.append(u / (n_pos * n_neg))
        else:
            areas.append(np.nan)
    areas = np.array(areas)
    return float("nan") if np.isnan(areas).any() else float(areas.mean())


def regression_scores(y_true, y_pred):
    """All scores of one set of predicted ratings.

    Parameters
    ----------
    y_true, y_pred : ndarray of shape (n_samples,)
        True and predicted ratings.

    Returns
    -------
    scores : dict of str to float
        Keys as in `REGRESSION`; NaN where a score is not defined.
    """
    x, y = np.asarray(y_true, np.float64), np.asarray(y_pred, np.float64)
    error = y - x
    spread = np.sum((x - x.mean()) ** 2)
    scale = np.sqrt(spread * np.sum((y - y.mean()) ** 2))
    product = np.sum((x - x.mean()) * (y - y.mean()))
    nan = float("nan")
    return {
        "r2": float(1 - np.sum(error**2) / spread) if _varies(x) else nan,
        "mae": float(np.mean(np.abs(error))),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "ccc": concordance_correlation(x, y),
        "pearson": float(product / scale) if _varies(x) and _varies(y) else nan,
    }
