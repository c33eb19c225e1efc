"""Scores that scikit-learn does not have, and all scores of some predictions."""

import numpy as np
from scipy.stats import rankdata
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import column_or_1d

from sklearn_emotion._docs import fill_doc

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
#: Scores of which smaller values are better.
ERRORS = ("mae", "rmse")
_LABELS = """
y_true : array-like of shape (n_samples,)
    True labels.

y_pred : array-like of shape (n_samples,)
    Predicted labels, in the order of `y_true`.

pos_label : label or None
    The positive class. If None, the larger of two labels. With more than two labels,
    the score is the mean over classes, each against the others.

labels : array-like of shape (n_classes,) or None
    All classes. If None, the classes that occur. If only one class occurs, it must be 1
    (positive), 0 or -1 (negative).
"""


@fill_doc(_LABELS)
def sensitivity_score(y_true, y_pred, *, pos_label=None, labels=None):
    """Compute the share of positive samples that are predicted positive (recall).

    The sensitivity is TP / (TP + FN).

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    score : float
        NaN if no sample is positive.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import sensitivity_score
    >>> sensitivity_score([1, 1, 1, 0], [1, 1, 0, 0])
    0.6666666666666666
    """
    return _score_positive_class(
        y_true, y_pred, pos_label, labels, lambda c: (c.tp, c.tp + c.fn)
    )


@fill_doc(_LABELS)
def specificity_score(y_true, y_pred, *, pos_label=None, labels=None):
    """Compute the share of negative samples that are predicted negative.

    The specificity is TN / (TN + FP).

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    score : float
        NaN if no sample is negative.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import specificity_score
    >>> specificity_score([0, 0, 0, 0, 1], [0, 0, 0, 1, 1])
    0.75
    """
    return _score_positive_class(
        y_true, y_pred, pos_label, labels, lambda c: (c.tn, c.tn + c.fp)
    )


@fill_doc(_LABELS)
def positive_predictive_value(y_true, y_pred, *, pos_label=None, labels=None):
    """Compute the share of samples predicted positive that are positive.

    The positive predictive value is TP / (TP + FP).

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    score : float
        NaN if no sample is predicted positive. The precision of scikit-learn is then 0.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import positive_predictive_value
    >>> positive_predictive_value([0, 1, 1], [1, 1, 1])
    0.6666666666666666
    """
    return _score_positive_class(
        y_true, y_pred, pos_label, labels, lambda c: (c.tp, c.tp + c.fp)
    )


@fill_doc(_LABELS)
def negative_predictive_value(y_true, y_pred, *, pos_label=None, labels=None):
    """Compute the share of samples predicted negative that are negative.

    The negative predictive value is TN / (TN + FN).

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    score : float
        NaN if no sample is predicted negative.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import negative_predictive_value
    >>> negative_predictive_value([0, 1, 1, 1], [0, 0, 0, 1])
    0.3333333333333333
    """
    return _score_positive_class(
        y_true, y_pred, pos_label, labels, lambda c: (c.tn, c.tn + c.fn)
    )


@fill_doc(_LABELS)
def classification_rate(y_true, y_pred):
    """Compute the accuracy, which papers call the classification rate.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    score : float
        Between 0 and 1. Papers often give it in per cent.

    Notes
    -----
    Equation 20 of the paper on the hierarchical-attention LSTM gives the formula of F1
    under this name, but its text describes the accuracy.

    Examples
    --------
    >>> from sklearn_emotion.evaluation import classification_rate
    >>> classification_rate(["low", "high"], ["low", "low"])
    0.5
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return float(np.mean(y_true == y_pred))


def concordance_correlation(y_true, y_pred):
    r"""Compute the concordance correlation coefficient of continuous ratings.

    .. math:: \rho_c = \frac{2 s_{xy}}{s_x^2 + s_y^2 + (\bar x - \bar y)^2}

    with variances that are divided by n [1]_. The coefficient is 1 for equal ratings,
    and closer to 0 than Pearson's correlation if the means or the variances differ.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        True and predicted ratings.

    Returns
    -------
    score : float
        Between -1 and 1. It is 0 if one of them is constant, and NaN if both are
        constant and equal.

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
    """Return whether numbers differ; the variance of equal ones may be above 0."""
    return np.ptp(x) > 0


class _Counts:
    """Confusion counts of each class against all others."""

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


def _score_positive_class(y_true, y_pred, pos_label, labels, terms):
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
                f"Only the class {classes.tolist()[0]!r} occurs, and it is not known "
                "whether it is the positive class. Pass all classes as labels=, or "
                "pass pos_label=."
            )
        classes = np.array([1])
    return _mean(_ratio(*terms(_Counts(y_true, y_pred, classes))))


def scores_with_dummy(y_true, y_pred, dummy, y_score=None, *, classes, pos_label=None):
    """Return all scores of predictions, and of the dummy as ``dummy_<score>``.

    `classes` is None for ratings. The dummy scores all classes alike.
    """
    if classes is None:
        own = regression_scores(y_true, y_pred)
        others = regression_scores(y_true, dummy)
    else:
        flat = np.zeros((len(dummy), len(classes)))
        own, others = (
            classification_scores(
                y_true, predicted, scores, classes=classes, pos_label=pos_label
            )
            for predicted, scores in ((y_pred, y_score), (dummy, flat))
        )
    return own | {f"dummy_{name}": value for name, value in others.items()}


def classification_scores(y_true, y_pred, y_score=None, *, classes, pos_label=None):
    """Return the scores that `CLASSIFICATION` names.

    The columns of `y_score` are scores of all `classes`, for the ROC curve. `pos_label`
    counts if there are two classes; None stands for the last one. With more classes,
    F1, precision and similar scores are means over classes. If the denominator of a
    score is zero, the score is NaN, or 0 for precision and F1 as in scikit-learn.
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
    """Return the area from ranks (Mann-Whitney U), as a mean over chosen classes."""
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
    """Return the scores that `REGRESSION` names; NaN if a score is not defined."""
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
