"""A leaky protocol beside its honest twin."""

from pathlib import Path

import pandas as pd

from sklearn_emotion.evaluation._compare import compare
from sklearn_emotion.evaluation._comparison import targets_of
from sklearn_emotion.evaluation._results import is_regression
from sklearn_emotion.evaluation._statistics import bootstrap_interval
from sklearn_emotion.evaluation._tables import subject_scores
from sklearn_emotion.model_selection._metadata import VERDICTS
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
        The leaky one: a name that :func:`compare` knows, such as a paper's. Splits
        in a list need `honest` named.

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
        A row per estimator: ``leaky``, ``honest`` and ``dummy`` (of the honest side),
        means over the subjects that both protocols scored, ``gap`` (leaky minus
        honest) and its bootstrap interval ``low``, ``high``, the number of those
        subjects, ``n_subjects``, and the levels that the two protocols leak,
        ``leaky_shares`` and ``honest_shares``. An estimator of which either side
        failed has NaN.

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
        honest = _twin(protocol, random_state, dataset, target, options)
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
    shown = [score, f"dummy_{score}"]
    rows = {}
    for name in estimators:
        scores = {
            side: _of(name, by_subject).reindex(columns=shown)
            for side, (_, by_subject) in sides.items()
        }
        both = scores["leaky"].join(scores["honest"], rsuffix="_honest", how="inner")
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
            f"{side}_shares": min(_of(name, results)["leak"], key=VERDICTS.index)
            for side, (results, _) in sides.items()
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "estimator"
    return table


def _of(name, table):
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
    raise ValueError(f"No honest twin is known for {what}; name one: honest=...")
