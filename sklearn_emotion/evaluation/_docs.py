"""Texts of parameters that several functions of the evaluation share."""

COMPARISON = """
estimators : dict of str to estimator or (estimator, modalities)
    The estimators by name. `modalities` is the name of a modality, whose array the
    estimator gets, or a list of names. Without it, the estimator gets all modalities.
    The list may contain ``"subject"``, for :class:`SubjectStandardizer`.

dataset : EmotionDataset
    The data set. Its metadata have the columns ``subject`` and, as far as they are
    known, ``trial`` and ``stimulus``.

target : str or array-like of shape (n_samples,)
    Name of a label or rating, ``"quadrant"`` for the four quadrants of valence and
    arousal, or the targets themselves.

protocol : str, splitter or iterable of (train, test)
    How to split the data: ``"loso"`` (leave one subject out), ``"group-k-fold"`` over
    subjects, ``"loso-stimulus"``, ``"within-subject"`` over trials,
    ``"within-subject-segment"`` and ``"segment-k-fold"`` (which both leak trials), the
    name of a :class:`PaperProtocol`, or any splitter.

task : {"classification", "regression"}
    Whether to predict classes or the ratings themselves.

n_splits : int
    Number of folds of the k-fold protocols. The protocols of papers have a fixed number
    of folds.

random_state : int
    Seed of the splits, and of each `random_state` of an estimator that is None.

target_access : {"none", "rest", "unlabelled", "labels:k"} or None
    What the estimators may use of the test subjects. ``"none"`` and ``"rest"`` refuse
    estimators that use more. ``"unlabelled"`` gives the test samples, without their
    labels, to networks with a `domain_loss`. ``"labels:2"`` moves two whole trials of
    each test subject from the test samples to the training samples. None gives nothing
    and refuses nothing.

unit : {"window", "trial"}
    What is scored. ``"trial"`` averages the probabilities (or ratings) that are
    predicted for the windows of a trial, and scores the trials.

n_jobs : int or None
    Number of folds that joblib runs at the same time.

scheduler : str or distributed.Client or None
    A ``dask.distributed`` cluster that runs the folds, instead of `n_jobs` processes.
    Its workers must be able to read the folder `store` or, without a store, the folder
    for temporary files of this machine: the data are written there once, and the
    workers map them into memory. A worker process runs one fold at a time, whatever
    the number of its threads, so use workers with one thread each.

store : path-like or None
    Folder in which each fold is stored as soon as it is finished. The same call with
    the same folder continues where it stopped, and runs failed folds again. Several
    processes may use one folder at the same time.
"""

RESULTS = """
results : Results
    From :func:`compare` or :func:`read_results`.

folder : path-like
    Folder that was given to :func:`compare` as `store`.

score : str or None
    Name of a built-in score. If None, accuracy for classes, or concordance for
    ratings.

pos_label : label or None
    The positive class if there are two classes. If None, the positive class of the
    comparison, or else the last class in sorted order.
"""
