"""Compare estimators: plan what to do, run the folds, and read the results."""

from functools import partial

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.evaluation._docs import COMPARISON
from sklearn_emotion.evaluation.plan._plan import Plan
from sklearn_emotion.evaluation.read._results import (
    describe_failures,
    make_results,
    warn_of_failures,
)
from sklearn_emotion.evaluation.run._run import open_store, run_plan

_PARAMETERS = """
scoring : list of str or dict of str to scorer
    Scores to compute. If None, all built-in scores: accuracy, balanced accuracy, F1,
    macro-F1, precision, sensitivity, specificity, PPV, NPV and ROC AUC for classes; R2,
    mean absolute error, root mean squared error, concordance and Pearson correlation
    for ratings. A list selects some of them. A dict adds scorers of scikit-learn to all
    of them.

threshold : float, sequence of float, "median" or "subject-median"
    Ratings above the threshold are high, for classification. Several thresholds divide
    the ratings into more classes. The medians use the ratings of the test subjects; see
    :meth:`EmotionDataset.target <sklearn_emotion.datasets.EmotionDataset.target>`.

side : {">", ">="}
    Whether ratings equal to `threshold` are low (``">"``) or high (``">="``).

pos_label : label or None
    The positive class if there are two classes. If None, the last class in sorted
    order.
"""


@fill_doc(COMPARISON, _PARAMETERS)
def compare(
    estimators,
    dataset,
    *,
    target,
    protocol="loso",
    scoring=None,
    task="classification",
    threshold=5.0,
    side=">",
    pos_label=None,
    n_splits=6,
    random_state=0,
    target_access=None,
    unit="window",
    n_jobs=None,
    scheduler=None,
    store=None,
    verbose=0,
):
    """Compare estimators on the same splits of a data set.

    By default, `compare` holds out one subject per fold, so that no subject appears in
    both training and test. Each score is returned with the score of a dummy that always
    predicts the majority class (or the mean rating), and each row states what the
    training and test samples of its fold share.

    Read more in the :ref:`User Guide <compare>`.

    Parameters
    ----------
    %(parameters)s

    Returns
    -------
    results : Results
        A :class:`pandas.DataFrame` with one row per estimator and fold, and the
        attribute ``predictions`` with one row per test sample. The columns are
        ``estimator``, ``protocol``, ``fold``, ``test_subjects``, ``target``,
        ``labels`` (whether the classes are "given", or made with a fixed "threshold",
        the "median" or the "subject-median"), ``modalities``, ``leak`` (the worst
        level that training and test share: "trial", "subject", "stimulus", "data set"
        or "none", or "none known" if the metadata do not contain one of them),
        ``target_access`` (what the estimator uses of the test subjects: "none",
        "rest", "unlabelled", "labels:k" for k calibration trials, or "labels" if the
        protocol trains on the test subjects), ``n_train``, ``n_test``, the scores, the
        scores of the dummy as ``dummy_<score>``, with ``unit="trial"`` the scores of
        the windows as ``window_<score>``, ``feature_time`` (of steps that are computed
        once for all folds), ``fit_time`` and ``score_time`` in s, ``peak_memory`` (of
        the process during the fold, in MB), ``random_state``, ``versions``,
        ``warnings`` and ``error``.

    Raises
    ------
    ValueError
        If a name is unknown, if `store` holds another comparison, or if all folds of
        all estimators failed.

    Warns
    -----
    LeakageWarning
        If trials or subjects appear in both training and test, of a fold or of a split
        that an estimator makes of its training samples.
    FitFailedWarning
        If some folds failed. Their rows hold the error instead of scores.

    See Also
    --------
    benchmark : Compare the estimators of the library on a data set.
    score_table : Mean and spread of the scores over subjects.
    significance : Tests of the differences.

    Notes
    -----
    The dummy predicts the same class (or rating) in all folds: the most frequent class
    of all samples or, if the protocol trains and tests on the same subjects, of each
    subject, because a model can then learn how often each class occurs for a subject.
    A majority class learned from the training fold would score below chance: with
    balanced data, the class that is more frequent in the training fold is less
    frequent in the test fold. If all classes occur in a test fold, the balanced
    accuracy of the dummy is 1 / n_classes and its ROC AUC is 0.5.

    Estimators that split the training data again get the subjects as ``groups`` or, if
    the protocol trains and tests on the same subjects, the trials. This concerns every
    estimator, also inside another one, whose `fit` takes ``groups``, as early stopping
    does, or whose ``cv`` is a group splitter, such as searches, stacking, calibration
    and feature selection. The groups are passed by scikit-learn's metadata routing,
    which is enabled while a fold is fitted.

    Examples
    --------
    >>> from sklearn_emotion import make_svm
    >>> from sklearn_emotion.datasets import make_emotion
    >>> from sklearn_emotion.evaluation import compare
    >>> dataset = make_emotion(n_subjects=3, n_trials=4, random_state=0)
    >>> results = compare({"svm": make_svm()}, dataset, target="valence")
    >>> results[["estimator", "fold", "leak", "n_test"]]
      estimator  fold      leak  n_test
    0       svm     0  stimulus      12
    1       svm     1  stimulus      12
    2       svm     2  stimulus      12
    """
    plan = Plan(
        estimators,
        dataset,
        target,
        protocol,
        task=task,
        threshold=threshold,
        side=side,
        pos_label=pos_label,
        scoring=scoring,
        n_splits=n_splits,
        random_state=random_state,
        target_access=target_access,
        unit=unit,
    )
    return run_and_read(
        plan,
        store=open_store(store, plan),
        n_jobs=n_jobs,
        scheduler=scheduler,
        verbose=verbose,
    )


def run_and_read(plan, *, store=None, n_jobs=None, scheduler=None, verbose=0):
    """Run the folds of a plan, write the tables of its store, and return results."""
    records = run_plan(plan, store, n_jobs=n_jobs, scheduler=scheduler, verbose=verbose)

    def facts(row):
        is_known = row["estimator"] in plan.entries
        return plan.facts(row["estimator"], row["fold"]) if is_known else {}

    read = partial(
        make_results,
        names=plan.scores,
        task=plan.task.kind,
        pos_label=plan.task.pos_label,
        descriptions=plan.descriptions(),
        unit=plan.unit,
        facts=facts,
    )
    if store is not None:
        # The store may hold more estimators than this plan.
        everything = read(store.records())
        store.write_tables(everything, everything.predictions)
    results = read(records)
    multimodal = [name for name, entry in plan.entries.items() if not entry.is_single]
    if (results["error"] != "").all():
        parts = results.groupby("estimator", sort=False)
        reasons = [describe_failures(*part, multimodal) for part in parts]
        error = AllFoldsFailedError(f"All folds failed. {' '.join(reasons)}")
        error.results = results
        error.add_note(f"The first fold failed with:\n{_first_traceback(records)}")
        raise error
    warn_of_failures(results, multimodal)
    return results


class AllFoldsFailedError(ValueError):
    """Error that no fold of a comparison has a score.

    Attributes
    ----------
    results : Results
        The rows of the failed folds.
    """

    results = None


def _first_traceback(records):
    row = records[0]["row"]
    # A fold that ended with its process has no traceback.
    return row.get("traceback", row["error"])
