"""One verdict for all windows of a trial."""

import numpy as np
import pandas as pd
from scipy.special import softmax
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone, is_regressor
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_emotion._base import HasMethods, StrOptions, fit_context
from sklearn_emotion._docs import fill_doc
from sklearn_emotion._frames import stored
from sklearn_emotion._validation import check_container, is_mapping, n_samples_of
from sklearn_emotion.baselines.classical._voting import LEAST
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.model_selection._metadata import in_native_order
from sklearn_emotion.model_selection._nested import fit_with_groups

_TEXTS = """
X : array-like, Modalities or dict of str to ndarray
    Windows. Modalities contain the trial of each window under the name `trial` and, if
    trials of different subjects have the same number, ``"subject"``.

trials : array-like of shape (n_windows,) or pandas.DataFrame
    Trial of each window, or the metadata of the windows, such as ``dataset.metadata``.
    If None, X contains the trials.

y : array-like of shape (n_windows,)
    Class label or rating of each window.
"""


def _has_probabilities(self):
    return self.rule == "majority" or hasattr(self.estimator, "predict_proba")


@fill_doc(_TEXTS)
class TrialVoting(MetaEstimatorMixin, BaseEstimator):
    """Give all windows of a trial one prediction.

    The estimator is trained on windows. Its predictions for the windows of a trial are
    combined, and each window gets the prediction of its trial. A rating belongs to the
    trial, and its windows are parts of the evidence.

    Read more in the :ref:`User Guide <trials>`.

    Parameters
    ----------
    estimator : estimator
        Classifier or regressor. It gets X without the trials: the array, if only one
        entry remains, or else `Modalities`.

    rule : {"mean", "majority", "log-mean"}, default="mean"
        ``"mean"`` averages the probabilities of the classes, or the ratings.
        ``"majority"`` counts the predicted classes. ``"log-mean"`` averages the
        logarithms of the probabilities, as if windows were independent, and scales the
        result to a sum of one.

    trial : str, default="trial"
        Name of the trials in X, or in the table of metadata.

    Attributes
    ----------
    estimator_ : estimator
        Fitted estimator.

    classes_ : ndarray of shape (n_classes,)
        Class labels; not for regressors.

    See Also
    --------
    ModalityVoting : Combine classifiers of several modalities.
    sklearn_emotion.evaluation.compare : With ``unit="trial"``, it scores trials.

    Notes
    -----
    The prediction for a window depends on the other windows of its trial, but on
    nothing else of the person. It is therefore known when the trial is over. In a
    comparison, the level of ``target_access`` is the level of `estimator`.

    If two classes have the same number of votes, the first one in sorted order wins.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_emotion import Modalities, TrialVoting
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1] * 10, 5)
    >>> eeg = rng.normal(size=(100, 3)) + y[:, None]
    >>> X = Modalities(eeg=eeg, trial=np.repeat(np.arange(20), 5))
    >>> voting = TrialVoting(LogisticRegression()).fit(X, y)
    >>> voting.predict(X)[:10].tolist()
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    >>> LogisticRegression().fit(eeg, y).score(eeg, y), voting.score(X, y)
    (0.8, 0.95)
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict"])],
        "rule": [StrOptions({"mean", "majority", "log-mean"})],
        "trial": [str],
    }

    def __init__(self, estimator, *, rule="mean", trial="trial"):
        self.estimator = estimator
        self.rule = rule
        self.trial = trial

    def get_metadata_routing(self):
        """Return whether the estimator receives the metadata of `fit`.

        Returns
        -------
        routing : MetadataRouter
            Routing of scikit-learn.
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return router.add(estimator=self.estimator, method_mapping=mapping)

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, groups=None, metadata=None):
        """Fit the estimator to the windows.

        Parameters
        ----------
        %(X)s
        %(y)s
        groups : array-like of shape (n_windows,), default=None
            Subject or trial of each window, for splits inside the estimator.
        metadata : pandas.DataFrame of n_windows rows, default=None
            Metadata of the windows, for splitters inside the estimator that take a
            table.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If the estimator cannot follow `rule`.
        """
        self._check_rule()
        X = self._without_trials(X)
        self.estimator_ = clone(self.estimator)
        if groups is None:
            self.estimator_.fit(X, y)
        else:
            fit_with_groups(self.estimator_, X, y, np.asarray(groups), metadata)
        for name in ("classes_", "n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        return self

    def _check_rule(self):
        if is_regressor(self.estimator):
            if self.rule != "mean":
                raise ValueError(
                    f"rule={self.rule!r} is for classes. Use rule='mean' for a "
                    "regressor."
                )
        elif not _has_probabilities(self):
            raise ValueError(
                f"rule={self.rule!r} averages probabilities, but "
                f"{type(self.estimator).__name__} has no predict_proba. Use "
                "rule='majority', or pass probability=True to make_svm."
            )

    def _without_trials(self, X):
        check_container(X, type(self).__name__)
        if not is_mapping(X):
            return X
        rest = {name: x for name, x in stored(X).items() if name != self.trial}
        return X[next(iter(rest))] if len(rest) == 1 else Modalities(**rest)

    def _codes(self, X, trials):
        """Return the number of the trial of each window, from 0."""
        table = trials
        if trials is None:
            if not (is_mapping(X) and self.trial in X):
                raise ValueError(
                    "TrialVoting needs the trial of each window, but X has no entry "
                    f"{self.trial!r}. Pass Modalities(eeg=..., {self.trial}=...), or "
                    "trials=dataset.metadata."
                )
            table = X
        elif not is_mapping(trials) and not isinstance(trials, pd.DataFrame):
            table = {self.trial: trials}
        if self.trial not in table:
            raise ValueError(
                f"trials has no column {self.trial!r}, got {list(table)}. Pass the "
                "name of a column as TrialVoting(trial=...)."
            )
        names = [name for name in ("subject", self.trial) if name in table]
        table = pd.DataFrame({name: np.asarray(table[name]) for name in names})
        table = in_native_order(table)
        if table.isna().any(axis=None):
            raise ValueError(
                "Each window needs a trial, but "
                f"{int(table.isna().any(axis=1).sum())} of {len(table)} have none."
            )
        check_consistent_length(np.empty(n_samples_of(X)), table)
        return table.groupby(names, sort=False).ngroup().to_numpy()

    def _pooled(self, X, trials):
        """Return probabilities of the classes or ratings of each window's trial."""
        check_is_fitted(self)
        windows = self._without_trials(X)
        if self.rule == "majority":
            votes = np.asarray(self.estimator_.predict(windows))
            values = (votes[:, None] == self.classes_).astype(np.float64)
        elif is_regressor(self.estimator):
            values = np.asarray(self.estimator_.predict(windows), dtype=np.float64)
            values = values.reshape(len(values), -1)
        else:
            values = np.asarray(self.estimator_.predict_proba(windows))
        codes = self._codes(X, trials)
        return pool_windows(values, codes, self.rule)[codes]

    @available_if(_has_probabilities)
    @fill_doc(_TEXTS)
    def predict_proba(self, X, trials=None):
        """Return the combined probabilities of each window's trial.

        Parameters
        ----------
        %(X)s
        %(trials)s

        Returns
        -------
        proba : ndarray of shape (n_windows, n_classes)
            Probabilities of the classes. With ``rule="majority"``, they are the shares
            of the votes.
        """
        return self._pooled(X, trials)

    def predict(self, X, trials=None):
        """Return the prediction of each window's trial.

        Parameters
        ----------
        %(X)s
        %(trials)s

        Returns
        -------
        y_pred : ndarray of shape (n_windows,)
            Class labels or ratings.
        """
        pooled = self._pooled(X, trials)
        if is_regressor(self.estimator):
            return pooled[:, 0] if pooled.shape[1] == 1 else pooled
        return self.classes_[pooled.argmax(axis=1)]

    def score(self, X, y, sample_weight=None):
        """Return the accuracy of a classifier, or the R2 of a regressor, of windows.

        Parameters
        ----------
        %(X)s
        %(y)s
        sample_weight : array-like of shape (n_windows,), default=None
            Weights of the windows.

        Returns
        -------
        score : float
            Score.
        """
        score = r2_score if is_regressor(self.estimator) else accuracy_score
        return score(y, self.predict(X), sample_weight=sample_weight)

    def __sklearn_tags__(self):
        tags, inner = super().__sklearn_tags__(), get_tags(self.estimator)
        for name in ("estimator_type", "classifier_tags", "regressor_tags"):
            setattr(tags, name, getattr(inner, name))
        tags.target_tags, tags.input_tags = inner.target_tags, inner.input_tags
        tags.input_tags.dict, tags.input_tags.sparse = True, False
        return tags


def pool_windows(values, codes, rule="mean"):
    """Return one row for each trial, given one row for each of its windows.

    Parameters
    ----------
    values : ndarray of shape (n_windows, n_values)
        Probabilities of the classes, votes of 0 or 1, or ratings.
    codes : ndarray of shape (n_windows,)
        Trial of each window, from 0.
    rule : {"mean", "majority", "log-mean"}, default="mean"
        "log-mean" averages the logarithms of probabilities. The other rules average the
        values themselves, and the mean of votes is the share of the votes.

    Returns
    -------
    pooled : ndarray of shape (n_trials, n_values)
        Mean of each trial, or for "log-mean" the normalized geometric mean.
    """
    if rule == "log-mean":
        values = np.log(np.maximum(values, LEAST))
    sums = np.zeros((codes.max() + 1, values.shape[1]))
    np.add.at(sums, codes, values)
    means = sums / np.bincount(codes)[:, None]
    return softmax(means, axis=1) if rule == "log-mean" else means
