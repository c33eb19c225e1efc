"""The command `benchmark`."""

import os
import shlex
import sys
from pathlib import Path

from sklearn_emotion.cli._options import (
    access_level,
    add_cache_dir,
    add_data_home,
    add_random_state,
    add_scheduler,
    positive,
    subjects,
)


def add_benchmark(commands):
    """Add the command `benchmark`."""
    text = (
        "Compare deep and classical models with a majority-class baseline, on subjects "
        "that do not appear in training. Without --dataset, the benchmark runs on "
        "EEGMAT if the data folder contains it, and on generated data otherwise."
    )
    parser = commands.add_parser("benchmark", help="compare models", description=text)
    parser.set_defaults(run=_benchmark)
    add = parser.add_argument
    add(
        "--dataset",
        metavar="NAME",
        help="synthetic, eegmat, deap, mahnob-hci, amigos, dreamer or seed",
    )
    add_data_home(add)
    add(
        "--subjects",
        type=subjects,
        metavar="LIST",
        help="subjects to load, as 1,2,5-8, or 'available' for those whose files are "
        "there (default: all, or some with --quick)",
    )
    add_cache_dir(add)
    add("--target", metavar="NAME", help="label or rating to predict, or quadrant")
    add(
        "--task",
        choices=["classification", "regression"],
        default="classification",
        help="predict classes (default) or the ratings themselves",
    )
    add(
        "--protocol",
        metavar="NAME",
        default="group-k-fold",
        help="group-k-fold over subjects (default), loso, loso-stimulus, "
        "within-subject, segment-k-fold, or the name of a paper's protocol",
    )
    add(
        "--folds",
        type=positive,
        metavar="N",
        help="number of folds of k-fold protocols (default: 6, or the number of the "
        "paper)",
    )
    add(
        "--estimators",
        metavar="NAMES",
        help="comma-separated names, or 'all'; 'list' shows all names",
    )
    add(
        "--quick",
        action="store_true",
        help="use fewer samples and train networks for fewer epochs: about one minute "
        "on two CPU cores for the default estimators",
    )
    add(
        "--target-access",
        type=access_level,
        metavar="LEVEL",
        help="what may be used of the test subjects: none, rest, unlabelled, or "
        "labels:k for the labels of k trials of each (default: no limit, and none of "
        "their labels)",
    )
    add(
        "--unit",
        choices=["window", "trial"],
        default="window",
        help="score windows (default), or trials by the mean of their windows",
    )
    add("--out", metavar="DIR", help="store finished folds there, and continue later")
    add(
        "--n-jobs",
        type=positive,
        metavar="N",
        help="number of folds at the same time (default: the number of CPU cores)",
    )
    add(
        "--backend",
        choices=["joblib", "dask"],
        default="joblib",
        help="how to run the folds",
    )
    add_scheduler(add)
    add("--dry-run", action="store_true", help="show the plan and an estimated time")
    add_random_state(add)


def _benchmark(options, arguments):
    from joblib import cpu_count, parallel_config

    from sklearn_emotion.evaluation import benchmark
    from sklearn_emotion.evaluation.plan._protocols import with_folds
    from sklearn_emotion.evaluation.plan._recipes import RECIPES
    from sklearn_emotion.evaluation.run._sources import default_source

    if options.estimators == "list":
        for name, recipe in RECIPES.items():
            print(f"{name:20} {recipe.description}")
        return 0
    if (options.backend == "dask") != (options.scheduler is not None):
        raise ValueError("--backend dask and --scheduler ADDRESS go together.")
    names = None
    if options.estimators:
        names = [name.strip() for name in options.estimators.split(",")]
    protocol = options.protocol
    if options.folds is not None:
        protocol = with_folds(protocol, options.folds, options.random_state)
    source = options.dataset or default_source(options.data_home)
    n_jobs = cpu_count() if options.n_jobs is None else options.n_jobs
    with parallel_config("loky", inner_max_num_threads=max(1, cpu_count() // n_jobs)):
        results = benchmark(
            source,
            data_home=options.data_home,
            subjects=options.subjects,
            cache_dir=options.cache_dir,
            target=options.target,
            task=options.task,
            protocol=protocol,
            n_splits=options.folds or 6,
            estimators=names,
            target_access=options.target_access,
            unit=options.unit,
            quick=options.quick,
            store=options.out,
            command=_complete_command(arguments, options, source),
            n_jobs=n_jobs,
            scheduler=options.scheduler,
            dry_run=options.dry_run,
            random_state=options.random_state,
            verbose=1,
        )
    if options.dry_run:
        return _show_plan(results, n_jobs)
    return _show(results, options.out)


def _show_plan(plan, n_jobs):
    print(f"{_one_line(plan.attrs)}; nothing is run.")
    print(plan.to_string(index=False, float_format="{:.1f}".format))
    seconds = plan["seconds"].sum() + plan.attrs["startup_seconds"]
    print(f"About {seconds / 60:.1f} minutes, {n_jobs} folds at a time.")
    return 0


def _one_line(facts):
    """Return the protocol and the target in one line."""
    return f"{' '.join(facts['protocol'].split())}, target {facts['target']}"


def _complete_command(arguments, options, source):
    """Return the command with the data set and the folder that it took by default."""
    if options.dataset is None:
        arguments = [*arguments, "--dataset", source]
    home = os.environ.get("SKLEARN_EMOTION_DATA")
    if options.data_home is None and home and source != "synthetic":
        arguments = [*arguments, "--data-home", os.path.abspath(home)]
    return shlex.join(["sklearn-emotion", *arguments])


def _show(results, folder):
    from sklearn_emotion.evaluation import conclusions, score_table
    from sklearn_emotion.evaluation.read._conclusions import format_conclusions
    from sklearn_emotion.evaluation.read._results import without_dummies
    from sklearn_emotion.evaluation.read._tables import format_table, score_title

    table = score_table(without_dummies(results, results))
    n_subjects = table["run"]["n_subjects"].max()
    pooled = "; the windows of a trial are averaged" if results.unit == "trial" else ""
    print(
        f"\n{_one_line(results.iloc[0])}: mean ± sd over {n_subjects} subjects [95 % "
        f"interval of the mean]{pooled}; 'dummy' always predicts the majority class, "
        "or the mean rating; 'shared' is what training and test have in common"
    )
    print(format_table(table))
    words = conclusions(results)
    title = score_title(words.attrs["score"])
    print(
        f"\nWhat may be concluded ({title}; Wilcoxon's test over subjects, p after "
        "Holm's correction):"
    )
    print(format_conclusions(words))
    if folder:
        print(f"\nAll folds: {Path(folder) / 'results.csv'}")
    failed = results[results["error"] != ""]
    for _, row in failed.iterrows():
        text = f"{row['estimator']}, fold {row['fold']}: {row['error']}"
        print(f"failed: {text}", file=sys.stderr)
    return 1 if len(failed) else 0
