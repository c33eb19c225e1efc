"""The benchmark: the estimators of the library on a data set, with default settings."""

import sys

from joblib import effective_n_jobs

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.evaluation._compare import run_and_read
from sklearn_emotion.evaluation._docs import COMPARISON
from sklearn_emotion.evaluation.plan._access import Access
from sklearn_emotion.evaluation.plan._plan import Plan, check_dataset
from sklearn_emotion.evaluation.plan._protocols import (
    check_protocol,
    has_known_subjects,
)
from sklearn_emotion.evaluation.plan._recipes import check_estimators
from sklearn_emotion.evaluation.plan._trials import check_unit
from sklearn_emotion.evaluation.run import _sources
from sklearn_emotion.evaluation.run._estimate import estimate
from sklearn_emotion.evaluation.run._run import open_store
from sklearn_emotion.evaluation.run._store import Store, add_command


@fill_doc(COMPARISON)
def benchmark(
    dataset=None,
    *,
    data_home=None,
    subjects=None,
    cache_dir=None,
    target=None,
    task="classification",
    protocol="group-k-fold",
    n_splits=6,
    estimators=None,
    target_access=None,
    unit="window",
    quick=False,
    store=None,
    command=None,
    n_jobs=None,
    scheduler=None,
    dry_run=False,
    random_state=0,
    verbose=0,
):
    """Compare the estimators of the library on a data set.

    This is what the command ``sklearn-emotion benchmark`` does. The estimators are
    built for the channels, the sampling rates and the sample length of the data set,
    and :func:`compare` runs them with their default settings. By default, no subject
    appears in both training and test.

    Read more in the :ref:`User Guide <compare>`.

    Parameters
    ----------
    dataset : str, EmotionDataset or None, default=None
        Name of a data set (``"synthetic"``, ``"eegmat"``, ``"deap"``,
        ``"mahnob-hci"``, ``"amigos"``, ``"dreamer"`` or ``"seed"``), of which samples
        of 10 s are loaded, or a data set. If None, EEGMAT if the folder of the data
        sets contains it, and generated data otherwise.

    data_home : path-like or None, default=None
        Folder of the data sets. If None, the folder that the environment variable
        ``SKLEARN_EMOTION_DATA`` names, or else ``~/sklearn_emotion_data``.

    subjects : sequence of int, "available" or None, default=None
        Subjects of a named data set to load. ``"available"`` loads the subjects whose
        files are there. If None, all subjects or, with `quick`, some of them.

    cache_dir : path-like or None, default=None
        Folder in which the loaded arrays of a named data set are stored, as loaders
        such as :func:`load_deap` describe it.

    target : str or None, default=None
        Name of a label or rating, or ``"quadrant"``. If None, the default target of
        the named data set. Samples without a value are left out.

    %(task)s

    %(protocol)s

    %(n_splits)s

    estimators : list of str or None, default=None
        Names of estimators as ``sklearn-emotion benchmark --estimators list`` shows
        them, or ``["all"]``. If None, ``"dummy"``, ``"svm"``, ``"riemann"``,
        ``"3facrnn"`` and ``"modality-attention"``, without those whose modalities the
        data set does not have. ``"dummy"`` is left out as well if the protocol trains
        and tests on the same subjects, because the dummy next to each score is then
        the majority class of each subject. The peripheral signals of DEAP, MAHNOB-HCI
        and AMIGOS other than the ECG are loaded only if ``"peripheral"`` or
        ``"voting"`` is named.

    %(target_access)s

    %(unit)s

    quick : bool, default=False
        Whether to load fewer subjects and at most 24 samples of each, and to train
        networks for fewer epochs.

    %(store)s

    command : str or None, default=None
        Command that :func:`report` shows as the way to make `store` again.

    %(n_jobs)s

    %(scheduler)s

    dry_run : bool, default=False
        Whether to return an estimate of the time instead of running the folds. To this
        end, each estimator is fitted several times on a part of the data.

    random_state : int, default=0
        Seed of generated data, of the splits and of the estimators.

    verbose : int, default=0
        If 1, print the data set and show progress bars.

    Returns
    -------
    results : Results or pandas.DataFrame
        The results, as :func:`compare` returns them. With `dry_run`, a table with one
        row per estimator: ``modalities``, the number of ``folds`` and how many are
        ``done``, ``n_train``, ``n_test``, ``seconds_per_fold``, ``seconds`` for the
        remaining folds, and a ``note`` if there is no estimate. Its ``attrs`` hold
        the names of the ``protocol`` and the ``target``, and ``startup_seconds``, the
        time to start processes and import libraries.

    Raises
    ------
    ValueError
        If a name is unknown, an estimator does not fit the data set or the task, or
        `store` holds another comparison.
    FileNotFoundError
        If files of the data set are missing.

    See Also
    --------
    compare : Compare estimators of your own.

    Examples
    --------
    >>> from sklearn_emotion.datasets import make_emotion
    >>> from sklearn_emotion.evaluation import benchmark
    >>> dataset = make_emotion(n_subjects=4, n_trials=4, random_state=0)
    >>> results = benchmark(
    ...     dataset, target="valence", n_splits=2, estimators=["dummy", "svm"]
    ... )
    >>> results[["estimator", "fold", "modalities", "n_test"]]
      estimator  fold modalities  n_test
    0     dummy     0        eeg      24
    1     dummy     1        eeg      24
    2       svm     0        eeg      24
    3       svm     1        eeg      24
    """
    threshold, positive = 5.0, None
    check_protocol(protocol)
    check_estimators(estimators, task)
    Access.parse(target_access)
    check_unit(unit)
    if dataset is None:
        dataset = _sources.default_source(data_home)
    if isinstance(dataset, str):
        name = dataset
        _sources.check_source(name)
        source = _sources.SOURCES[name]
        threshold = source.threshold
        if target is None:
            target = _sources.default_target(name, task)
        dataset = _sources.load_source(
            name,
            data_home=data_home,
            quick=quick,
            random_state=random_state,
            subjects=subjects,
            signals=_sources.signals_for(name, estimators),
            cache_dir=cache_dir,
            verbose=verbose or None,
        )
        if verbose:
            sys.stderr.write(f"{name}: {dataset!r}\n")
        if target == source.target and task == "classification":
            positive = source.positive
    elif target is None:
        raise ValueError("target must be given for a data set of your own.")
    elif subjects is not None or cache_dir is not None:
        raise ValueError(
            "subjects and cache_dir are for data sets that are loaded by name. Select "
            "the subjects of a data set of your own with dataset.select."
        )
    check_dataset(dataset)
    dataset = _sources.drop_unrated(dataset, target)
    plan = Plan(
        _sources.make_estimators(
            dataset,
            estimators,
            quick=quick,
            task=task,
            # The dummy of each subject is next to every score.
            with_dummy=not has_known_subjects(protocol),
        ),
        dataset,
        target,
        protocol,
        task=task,
        threshold=threshold,
        pos_label=positive,
        n_splits=n_splits,
        random_state=random_state,
        target_access=target_access,
        unit=unit,
    )
    if dry_run:
        known = None if store is None else Store(store)
        table = estimate(plan, known, effective_n_jobs(n_jobs), verbose)
        table.attrs.update(protocol=plan.protocol, target=plan.target)
        return table
    opened = open_store(store, plan)
    if opened is not None and command is not None:
        add_command(opened.folder, command)
    return run_and_read(
        plan, store=opened, n_jobs=n_jobs, scheduler=scheduler, verbose=verbose
    )
