"""Scores under a leaky protocol and under the corresponding leak-free protocol."""

from pathlib import Path

import pandas as pd
from sklearn.exceptions import FitFailedWarning

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import warn_user
from sklearn_emotion.evaluation._compare import AllFoldsFailedError, compare
from sklearn_emotion.evaluation._docs import COMPARISON
from sklearn_emotion.evaluation.plan._targets import targets_of
from sklearn_emotion.evaluation.read._results import is_regression
from sklearn_emotion.evaluation.read._statistics import bootstrap_interval
from sklearn_emotion.evaluation.read._tables import subject_scores
from sklearn_emotion.model_selection._metadata import VERDICTS
from sklearn_emotion.model_selection._paper_protocol import PROTOCOLS, PaperProtocol

_TWINS = {
    "segment-k-fold": "loso",
    "within-subject-segment": "within-subject",
    "within-subject": "loso",
    "loso": "loso-stimulus",
    "group-k-fold": "loso-stimulus",
}


@fill_doc(COMPARISON)
def leakage_gap(
    estimators,
    dataset,
    *,
    target,
    protocol,
    honest=None,
    score=None,
    store=None,
    random_state=0,
    **options,
):
    """Compare scores under a leaky protocol and the corresponding leak-free one.

    Read more in the :ref:`User Guide <leakage>`.

    Parameters
    ----------
    %(estimators)s

    %(dataset)s

    %(target)s

    protocol : str or splitter
        The leaky protocol, as in :func:`compare`.

    honest : str or splitter, default=None
        The leak-free protocol. If None, the one that corresponds to `protocol`, which
        must then be a name or a :class:`PaperProtocol`.

    score : str or None, default=None
        Name of the score to compare. If None, balanced accuracy for classes, or
        concordance for ratings.

    store : path-like or None, default=None
        Folder in which the results are stored, in the folders ``leaky`` and
        ``honest``.

    %(random_state)s

    **options : dict
        Other arguments of :func:`compare`.

    Returns
    -------
    gap : pandas.DataFrame
        One row per estimator. ``leaky``, ``honest`` and ``dummy`` (under the leak-free
        protocol) are mean scores over the subjects that both protocols test, of which
        there are ``n_subjects``. ``gap`` is leaky minus honest, with its bootstrap
        interval ``low`` and ``high``. ``leaky_shares`` and ``honest_shares`` are the
        worst levels that training and test share under each protocol. Scores are NaN
        if all folds of an estimator failed under one of the protocols.

    Warns
    -----
    LeakageWarning
        If the leaky protocol puts trials or subjects in both training and test.

    Notes
    -----
    The intervals are too narrow for few subjects, as :func:`bootstrap_interval`
    describes.

    Examples
    --------
    >>> import warnings
    >>> from sklearn_emotion import make_svm
    >>> from sklearn_emotion.datasets import make_emotion
    >>> from sklearn_emotion.evaluation import leakage_gap
    >>> dataset = make_emotion(n_subjects=4, n_trials=4, random_state=0)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     gap = leakage_gap(
    ...         {"svm": make_svm()}, dataset, target="valence",
    ...         protocol="segment-k-fold",
    ...     )
    >>> gap[["leaky_shares", "honest_shares"]]
              leaky_shares honest_shares
    estimator
    svm              trial      stimulus
    """
    if honest is None:
        honest = _twin(protocol, random_state, dataset, target, options)
    sides = {}
    for side, name in (("leaky", protocol), ("honest", honest)):
        try:
            results = compare(
                estimators,
                dataset,
                target=target,
                protocol=name,
                random_state=random_state,
                store=None if store is None else Path(store) / side,
                **options,
            )
        except AllFoldsFailedError as error:
            warn_user(str(error), FitFailedWarning)
            results = error.results
        sides[side] = results, subject_scores(results)
    if score is None:
        score = "ccc" if is_regression(sides["honest"][0]) else "balanced_accuracy"
    shown = [score, f"dummy_{score}"]
    rows = {}
    for name in estimators:
        scores = {
            side: _rows_of(name, by_subject).reindex(columns=shown)
            for side, (_, by_subject) in sides.items()
        }
        honest = scores["honest"].add_suffix("_honest")
        both = scores["leaky"].join(honest, how="inner")
        both = both.dropna(subset=[score, f"{score}_honest"])
        difference = both[score] - both[f"{score}_honest"]
        low, high = bootstrap_interval(difference)
        rows[name] = {
            "leaky": both[score].mean(),
            "honest": both[f"{score}_honest"].mean(),
            "dummy": both[f"dummy_{score}_honest"].mean(),
            "gap": difference.mean(),
            "low": low,
            "high": high,
            "n_subjects": len(both),
        } | {
            f"{side}_shares": min(_rows_of(name, results)["leak"], key=VERDICTS.index)
            for side, (results, _) in sides.items()
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "estimator"
    return table


def _rows_of(name, table):
    mine = pd.DataFrame(table[table["estimator"] == name])
    return mine.set_index("subject") if "subject" in mine else mine


def _twin(protocol, random_state, dataset, target, options):
    if isinstance(protocol, str) and protocol in PROTOCOLS:
        protocol = PaperProtocol(protocol, random_state=random_state)
    if isinstance(protocol, PaperProtocol):
        y = targets_of(dataset, target, **options)
        return protocol.honest_twin(y, dataset.metadata)
    if isinstance(protocol, str) and protocol in _TWINS:
        return _TWINS[protocol]
    named = isinstance(protocol, str) or hasattr(protocol, "split")
    what = repr(protocol) if named else "splits in a list"
    raise ValueError(
        f"No honest twin is known for {what}; pass a leak-free protocol as honest=..."
    )
