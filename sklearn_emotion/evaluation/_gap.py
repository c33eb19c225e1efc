"""A leaky protocol beside its honest twin."""

from pathlib import Path

import pandas as pd

from sklearn_emotion.evaluation._compare import compare
from sklearn_emotion.evaluation._results import is_regression
from sklearn_emotion.evaluation._statistics import bootstrap_interval
from sklearn_emotion.evaluation._tables import subject_scores
from sklearn_emotion.model_selection._paper_protocol import PROTOCOLS, PaperProtocol

_TWINS = {
    "segment-k-fold": "loso",
    "within-subject-segment": "within-subject",
    "within-subject": "loso",
    "loso": "loso-stimulus",
    "group-k-fold": "loso-stimulus",
}


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
    """Score estimators under a leaky protocol and under its honest twin.

    Read more in the :ref:`User Guide <leakage>`.

    Parameters
    ----------
    estimators : dict of str to estimator or (estimator, modalities)
        As in :func:`compare`.

    dataset : EmotionDataset
        As in :func:`compare`.

    target : str or array-like of shape (n_samples,)
        As in :func:`compare`.

    protocol : str or splitter
        The leaky one: a name that :func:`compare` knows, such as a paper's.

    honest : str or splitter, default=None
        The honest one. If None, the twin of a named protocol.

    score : str or None, default=None
        Which score to compare. If None, balanced accuracy, or concordance for ratings.

    store : path-like or None, default=None
        Folder for the results of both, in ``leaky`` and ``honest``.

    random_state : int, default=0
        As in :func:`compare`.

    **options : dict
        Passed to :func:`compare`.

    Returns
    -------
    gap : pandas.DataFrame
        A row per estimator: ``leaky`` and ``honest`` (means over subjects),
        ``dummy``, ``gap`` (leaky minus honest, mean over the subjects that both
        scored) and its bootstrap interval ``low``, ``high``, and the levels that the
        two protocols leak, ``leaky_shares`` and ``honest_shares``.

    Warns
    -----
    LeakageWarning
        From the leaky protocol.

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
        honest = _twin(protocol, random_state)
    sides = {}
    for side, name in (("leaky", protocol), ("honest", honest)):
        results = compare(
            estimators,
            dataset,
            target=target,
            protocol=name,
            random_state=random_state,
            store=None if store is None else Path(store) / side,
            **options,
        )
        sides[side] = results, subject_scores(results)
    if score is None:
        score = "ccc" if is_regression(sides["honest"][0]) else "balanced_accuracy"
    rows = {}
    for name in estimators:
        row, values = {}, {}
        for side, (results, by_subject) in sides.items():
            mine = by_subject[by_subject["estimator"] == name].set_index("subject")
            values[side] = mine[score]
            row[side] = mine[score].mean()
            shares = results.loc[results["estimator"] == name, "leak"]
            order = ["trial", "subject", "stimulus", "none"]
            row[f"{side}_shares"] = min(shares, key=order.index)
        row["dummy"] = mine[f"dummy_{score}"].mean()
        difference = (values["leaky"] - values["honest"]).dropna()
        row["gap"] = difference.mean()
        row["low"], row["high"] = bootstrap_interval(difference)
        rows[name] = row
    order = ["leaky", "honest", "dummy", "gap", "low", "high"]
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "estimator"
    return table[[*order, "leaky_shares", "honest_shares"]]


def _twin(protocol, random_state):
    if isinstance(protocol, PaperProtocol):
        return protocol.honest_twin()
    if protocol in PROTOCOLS:
        return PaperProtocol(protocol, random_state=random_state).honest_twin()
    if protocol in _TWINS:
        return _TWINS[protocol]
    raise ValueError(f"No honest twin is known for {protocol!r}; name one: honest=...")
