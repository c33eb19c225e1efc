"""Several estimators on the same splits, with the dummy beside each."""

from sklearn_emotion.evaluation._comparison import Comparison


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
    n_jobs=None,
    scheduler=None,
    store=None,
    verbose=0,
):
    """Compare estimators on the same splits of a data set.

    The default tests every fold on a subject that was never trained on. Beside each
    score stands that of a dummy, which always says the majority class (or the mean
    rating), and each row says what both sides of its fold share.

    Read more in the :ref:`User Guide <compare>`.

    Parameters
    ----------
    estimators : dict of str to estimator or (estimator, modalities)
        What to compare. `modalities` is a name, whose array the estimator gets, or a
        list of names; without it the estimator gets all. ``"subject"`` may be among
        them, for :class:`SubjectStandardizer`.

    dataset : EmotionDataset
        ``data`` and ``metadata``, with the columns ``subject`` and, as far as they
        are known, ``trial`` and ``stimulus``.

    target : str or array-like of shape (n_samples,)
        Name of a label or rating, ``"quadrant"`` for the four quadrants of valence and
        arousal, or the targets themselves.

    protocol : str, splitter or iterable of (train, test), default="loso"
        ``"loso"``, ``"group-k-fold"`` over subjects, ``"loso-stimulus"``,
        ``"within-subject"`` over trials, ``"within-subject-segment"`` and
        ``"segment-k-fold"`` (both leak trials), the name of a
        :class:`PaperProtocol`, or any splitter.

    scoring : list of str or dict of str to scorer, default=None
        Scores to keep. If None, all built-in ones: accuracy, balanced accuracy, F1
        and macro-F1, precision, sensitivity, specificity, PPV, NPV and ROC AUC for
        classes; R2, mean absolute and root mean squared error, concordance and
        Pearson correlation for ratings. A dict adds scorers of scikit-learn.

    task : {"classification", "regression"}, default="classification"
        What to predict: classes, or the ratings themselves.

    threshold : float, default=5.0
        Ratings above it are high, for classification.

    side : {">", ">="}, default=">"
        Whether a rating equal to `threshold` is low or high.

    pos_label : label or None, default=None
        The positive class of two. If None, the last one in sorted order.

    n_splits : int, default=6
        Number of folds of the k-fold protocols; a paper's protocol has its own.

    random_state : int, default=0
        Seed of the splits, and of every `random_state` that is None in an estimator.

    n_jobs : int or None, default=None
        Number of folds at a time, through joblib.

    scheduler : str or distributed.Client or None, default=None
        A ``dask.distributed`` cluster to run the folds on, in place of `n_jobs`. Its
        workers must see `store`, or without one the temporary folder of this
        machine, where the data are written once for them to map into memory.

    store : path-like or None, default=None
        Folder where each fold is written as it finishes. The same call continues
        where it stopped; several processes may work on one folder. Folds that
        failed are tried again.

    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    results : Results
        A :class:`pandas.DataFrame` with a row per estimator and fold, whose
        ``predictions`` are kept too: ``estimator``, ``protocol``, ``fold``,
        ``test_subjects``, ``target``, ``modalities``, ``leak`` (the worst of
        "trial", "subject", "stimulus" and "none" that both sides share, "none known"
        where the metadata lack one of them),
        ``n_train``, ``n_test``, the scores, the dummy's as ``dummy_<score>``,
        ``feature_time`` (in s, of steps computed once for all folds), ``fit_time``,
        ``score_time``, ``peak_memory`` (MB of the process in this fold),
        ``random_state``, ``versions``, ``warnings`` and ``error``.

    Raises
    ------
    ValueError
        If a name is unknown, or `store` holds another comparison.

    Warns
    -----
    LeakageWarning
        If the splits put trials or subjects on both sides.
    FitFailedWarning
        If folds failed; their rows hold the error, and no scores.

    See Also
    --------
    score_table : Mean and spread over subjects.
    significance : Tests of the differences.

    Notes
    -----
    The dummy's class (or rating) is one constant for all folds: the most frequent one
    of all samples, or of each subject's samples where the protocol trains and tests on
    the same subjects, whose shares of the classes can be learnt without a look at the
    signals. The majority of each fold's training side would fall below chance, since
    what is frequent there is rare in the test side. The dummy's balanced accuracy is
    1 / n_classes wherever all classes occur, and its ROC AUC 0.5.

    What splits the training side again gets its subjects as ``groups`` (its trials,
    where the protocol trains and tests on the same subject): early stopping, and a
    grid or random search whose ``cv`` is a group splitter.

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
    comparison = Comparison(
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
        store=store,
    )
    return comparison.run(n_jobs=n_jobs, scheduler=scheduler, verbose=verbose)
