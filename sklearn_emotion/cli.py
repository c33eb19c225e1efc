"""The sklearn-emotion command."""

import argparse
import contextlib
import os
import re
import shlex
import sys
import warnings
from pathlib import Path

from sklearn_emotion import __version__
from sklearn_emotion._base import ACCESS_LEVELS, LeakageWarning

CHECKED = (
    "afew-va",
    "amigos",
    "case",
    "deap",
    "dreamer",
    "eegmat",
    "faced",
    "mahnob-hci",
    "seed",
    "seed-iv",
    "seed-v",
    "stress-predict",
    "wesad",
)
# Options of `benchmark` by the parameters that error messages advise to pass.
OPTIONS = {
    "n_splits": "--folds",
    "protocol": "--protocol",
    "subjects": "--subjects",
    "target_access": "--target-access",
    "task": "--task",
    "unit": "--unit",
}
# Number of files that `check` lists per status.
MOST_LINES = 20


def main(arguments=None):
    """Run the command.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Arguments after the name of the command. If None, the arguments of this
        process.

    Returns
    -------
    status : int
        0 for success, 1 if folds failed or a data set is not complete, 2 for wrong
        input, and 130 after an interruption.
    """
    with _replacing_unknown_characters():
        return _run(sys.argv[1:] if arguments is None else list(arguments))


@contextlib.contextmanager
def _replacing_unknown_characters():
    """Print a question mark for each character that the terminal does not know."""
    with contextlib.ExitStack() as stack:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stack.callback(stream.reconfigure, errors=stream.errors)
                stream.reconfigure(errors="replace")
        yield


def _run(arguments):
    options, unknown = _parser().parse_known_args(arguments)
    if unknown:
        # The parser of the subcommand shows the usage of the subcommand.
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            for category in (UserWarning, RuntimeWarning):
                warnings.simplefilter("default", category)
            # The workers of joblib are replaced when they have used much memory, and
            # no fold is lost.
            warnings.filterwarnings("ignore", "A worker stopped while some jobs")
            return options.run(options, arguments)
    except (ValueError, OSError, ImportError) as error:
        text = " ".join(str(error).split())
        if options.run in (_benchmark, _reproduce):
            text = _with_options(text)
        print(f"sklearn-emotion: {text}", file=sys.stderr)
        return 1 if hasattr(error, "results") else 2
    except KeyboardInterrupt:
        print("sklearn-emotion: interrupted", file=sys.stderr)
        return 130


def _with_options(text):
    """Replace parameters of `compare` and of loaders in messages by options."""
    names = "|".join(OPTIONS)
    text = re.sub(
        rf"(^|(?<=[a-z.,:] ))({names})=(\[[^]]*\]|'[^']*'|[0-9]+)",
        lambda match: f"{OPTIONS[match[2]]} {re.sub('[^-a-z0-9,:]', '', match[3])}",
        text,
    )
    return re.sub(rf"(?<=leave out )({names})\b", lambda m: OPTIONS[m[1]], text)


def _show_warning(message, category, filename, lineno, file=None, line=None):
    name = "leakage" if issubclass(category, LeakageWarning) else "warning"
    print(f"{name}: {' '.join(str(message).split())}", file=sys.stderr)


def _parser():
    parser = argparse.ArgumentParser(
        prog="sklearn-emotion", description="Emotion recognition from physiology."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_benchmark(commands)
    _add_reproduce(commands)
    _add_report(commands)
    _add_check(commands)
    _add_cache(commands)
    _add_rehearse(commands)
    for command in commands.choices.values():
        command.set_defaults(parser=command)
    return parser


def _add_reproduce(commands):
    text = (
        "Produce a table of a published paper from the files of a data set: with the "
        "split of the paper and with the corresponding leak-free split, next to the "
        "printed numbers and a dummy. With --out, finished folds are stored, the same "
        "command continues where it stopped, and a page is written."
    )
    parser = commands.add_parser("reproduce", help="repeat a paper", description=text)
    parser.set_defaults(run=_reproduce)
    add = parser.add_argument
    add("study", nargs="?", metavar="NAME", help="name of the study, see --list")
    add("--list", action="store_true", help="list studies, tables and data sets")
    add(
        "--table",
        metavar="NAME",
        help="table or figure, as 3 or 'figure 2' (default: the first table)",
    )
    add("--dataset", metavar="NAME", help="data set (default: the first of the study)")
    add(
        "--target",
        action="append",
        metavar="NAME",
        help="rating to predict; can be repeated (default: those of the table)",
    )
    add(
        "--row",
        action="append",
        metavar="NAME",
        help="row to produce; can be repeated (default: all rows)",
    )
    add(
        "--data-home",
        metavar="DIR",
        help="folder of the data sets (default: $SKLEARN_EMOTION_DATA)",
    )
    add("--out", metavar="DIR", help="store folds and the page there")
    add(
        "--protocol",
        choices=["paper", "honest", "both"],
        default="both",
        help="split as in the paper, leak-free split, or both (default)",
    )
    add(
        "--subjects",
        type=_numbers,
        metavar="LIST",
        help="subjects to load, as 1,2,5-8 (default: those of the paper)",
    )
    add(
        "--cache-dir",
        metavar="DIR",
        help="store the loaded arrays there, so that the next run loads them faster",
    )
    add(
        "--settings",
        choices=["paper", "default"],
        default="paper",
        help="settings of the networks: those of the paper (default), or those of "
        "the library",
    )
    add(
        "--teacher",
        metavar="FILE",
        help="fitted teacher of 3FACRNN, from save_model; otherwise each fold trains "
        "one on its own faces",
    )
    add(
        "--quick",
        action="store_true",
        help="use few samples, folds and epochs, to see whether everything runs",
    )
    add("--dry-run", action="store_true", help="estimate time, memory and disk space")
    add(
        "--n-jobs",
        type=_positive,
        default=1,
        metavar="N",
        help="number of folds at the same time (default: 1)",
    )
    add("--scheduler", metavar="ADDRESS", help="dask scheduler, as tcp://host:8786")
    add("--random-state", type=int, default=0, metavar="N", help="seed (default: 0)")


def _numbers(text):
    if text == "available":
        raise argparse.ArgumentTypeError(
            "must be numbers such as 1,2,5-8, got 'available'"
        )
    return _subjects(text)


def _reproduce(options, arguments):
    from joblib import cpu_count, parallel_config

    from sklearn_emotion.studies import load_study
    from sklearn_emotion.studies._cost import cost_of
    from sklearn_emotion.studies._study import PROTOCOLS, full_name

    if options.list:
        return _list_studies()
    if options.study is None:
        raise ValueError("reproduce needs the name of a study. --list shows the names.")
    study = load_study(options.study)
    table = full_name(options.table or study.tables[0])
    known = study.experiment(table).datasets
    name = options.dataset or known[0]
    if name not in known:
        raise ValueError(
            f"{table} of {study.name} uses the data sets {list(known)}, got {name!r}."
        )
    teacher = None
    if options.teacher is not None:
        from sklearn_emotion import load_model

        teacher = load_model(options.teacher)
    dataset = study.load(
        name,
        options.data_home,
        quick=options.quick,
        subjects=options.subjects,
        cache_dir=options.cache_dir,
        verbose=1,
    )
    print(f"{name}: {dataset!r}", file=sys.stderr)
    run = {
        "targets": options.target,
        "rows": options.row,
        "protocols": PROTOCOLS if options.protocol == "both" else (options.protocol,),
        "store": options.out,
        "n_jobs": options.n_jobs,
        "quick": options.quick,
        "settings": options.settings,
        "teacher": teacher,
        "random_state": options.random_state,
        "verbose": 1,
    }
    n_threads = max(1, cpu_count() // options.n_jobs)
    with parallel_config("loky", inner_max_num_threads=n_threads):
        if options.dry_run:
            return _show_cost(cost_of(study, table, dataset, **run), options.n_jobs)
        results = study.run(table, dataset, scheduler=options.scheduler, **run)
    _show_study(results)
    if options.out:
        command = shlex.join(["sklearn-emotion", *arguments])
        place = Path(options.out) / f"{study.name}-{table.replace(' ', '-')}.html"
        print(f"\nPage: {results.to_html(place, command=command)}")
    return 0 if results.is_complete else 1


def _list_studies():
    from sklearn_emotion.studies import list_studies, load_study

    for name in list_studies():
        study = load_study(name)
        print(f"{name}: {study.title}")
        print(f"  {study.reference}; data sets: {', '.join(study.datasets)}")
        for table in study.tables:
            rows = study.rows(table)
            n_here = int(rows["produced"].sum())
            title = study.experiment(table).title
            print(f"  {table:10} {title} ({n_here} of {len(rows)} rows)")
    return 0


def _show_cost(cost, n_jobs):
    columns = ["estimator", "target", "split", "folds", "done", "seconds_per_fold"]
    columns += ["seconds", "tflop", "note"]
    print(cost[columns].to_string(index=False, float_format="{:.2f}".format))
    facts = cost.attrs
    print(
        f"About {facts['seconds'] / 60:.1f} minutes, {n_jobs} folds at a time; "
        f"{facts['memory']:.2f} GB of memory for arrays, and {facts['disk']:.3f} GB on "
        f"disk; {cost['tflop'].sum():.3g} TFLOP of networks. Nothing is run."
    )
    return 0


def _show_study(results):
    from sklearn_emotion.evaluation.read._tables import score_title
    from sklearn_emotion.studies._page import GENERATED, HEADS, cell

    if results.is_generated:
        print(f"\n{GENERATED}")
    for target, scores in results.scores.groupby("target", sort=False):
        lines = [["row", "score", HEADS["printed"]]]
        lines[0] += [HEADS[side] for side in results.sides] + ["dummy"]
        for row in scores.to_dict("records"):
            cells = [row["row"], score_title(row["score"])]
            cells.append(cell(row["printed"], row["printed_sd"], digits=2)[0])
            for side in results.sides:
                cells.append(cell(row[side], row[f"{side}_sd"])[0])
            cells.append(cell(row[f"{results.sides[-1]}_dummy"], float("nan"))[0])
            lines.append(cells)
        widths = [max(map(len, column)) for column in zip(*lines)]
        print(f"\n{target}, in percent (mean ± sd over subjects)")
        for line in lines:
            text = "  ".join(c.ljust(w) for c, w in zip(line, widths))
            print(text.rstrip())


def _add_report(commands):
    text = "Write the results in a folder as one self-contained HTML page."
    parser = commands.add_parser("report", help="write a page", description=text)
    parser.set_defaults(run=_report)
    parser.add_argument("folder", metavar="DIR", help="folder that --out named")
    parser.add_argument(
        "--page", metavar="FILE", help="file to write (default: DIR/report.html)"
    )


def _report(options, arguments):
    from sklearn_emotion.evaluation import report

    print(report(options.folder, options.page))
    return 0


def _add_check(commands):
    text = "Read all files of a data set and list those that are missing or wrong."
    parser = commands.add_parser("check", help="check a data set", description=text)
    parser.set_defaults(run=_check)
    parser.add_argument("dataset", choices=CHECKED)
    parser.add_argument("folder", metavar="DIR", help="folder of the data set")


def _check(options, arguments):
    from sklearn_emotion.datasets import check_dataset

    report = check_dataset(options.dataset, options.folder, verbose=1)
    for status, rows in report.groupby("status", sort=False):
        place = f"{len(rows)} of {len(report)} files in {report.attrs['folder']}"
        print(f"{status}: {place}")
        if status != "good":
            for name, problem in rows[["file", "problem"]].to_numpy()[:MOST_LINES]:
                print(f"  {name}" + (f": {problem}" if problem else ""))
            if len(rows) > MOST_LINES:
                print(f"  and {len(rows) - MOST_LINES} more")
    return 0 if (report["status"] == "good").all() else 1


def _add_cache(commands):
    text = "List or delete the arrays that loaders have stored in a cache folder."
    parser = commands.add_parser("cache", help="list or clear", description=text)
    parser.set_defaults(run=_cache)
    parser.add_argument("action", choices=["list", "clear"])
    parser.add_argument("folder", metavar="DIR", help="folder given as cache_dir")
    parser.add_argument("--dataset", metavar="NAME", help="only for this data set")


def _cache(options, arguments):
    from sklearn_emotion.datasets import clear_cache, list_cache

    if not Path(options.folder).expanduser().is_dir():
        raise FileNotFoundError(f"There is no folder {options.folder}.")
    if options.action == "clear":
        n_entries = clear_cache(options.folder, options.dataset)
        print(f"{n_entries} entries deleted.")
        return 0
    entries = list_cache(options.folder)
    if options.dataset:
        entries = entries[entries["dataset"] == options.dataset]
    for _, entry in entries.iterrows():
        state = (
            f"{entry['n_samples']:.0f} samples" if entry["complete"] else "unfinished"
        )
        print(
            f"{entry['dataset']:16} {entry['size']:9.1f} MB  {state}  {entry['path']}"
        )
    print(f"{len(entries)} entries, {entries['size'].sum():.1f} MB.")
    return 0


def _add_rehearse(commands):
    text = (
        "Write generated recordings in the layout of a published data set, so that a "
        "study can be run before the data set is at hand. The folder states that its "
        "recordings are generated."
    )
    parser = commands.add_parser("rehearse", help="generate files", description=text)
    parser.set_defaults(run=_rehearse)
    add = parser.add_argument
    add("dataset", choices=["deap", "mahnob-hci", "amigos", "afew-va"])
    add("folder", metavar="DIR", help="new or empty folder to write")
    add("--subjects", type=_positive, default=3, metavar="N", help="default: 3")
    add("--trials", type=_positive, default=6, metavar="N", help="default: 6")
    add(
        "--effect",
        choices=["none", "small", "medium", "large"],
        default="medium",
        help="size of the planted effects (default: medium)",
    )
    add("--faces", action="store_true", help="also write face videos")
    add("--openface", action="store_true", help="also write tables of OpenFace")
    add("--random-state", type=int, default=0, metavar="N", help="seed (default: 0)")
    add(
        "--n-jobs",
        type=_positive,
        metavar="N",
        help="number of subjects at the same time (default: the number of CPU cores)",
    )


def _rehearse(options, arguments):
    from joblib import cpu_count

    from sklearn_emotion.datasets import write_rehearsal

    folder = write_rehearsal(
        options.dataset,
        options.folder,
        n_subjects=options.subjects,
        n_trials=options.trials,
        effect=options.effect,
        faces=options.faces,
        openface=options.openface,
        n_jobs=options.n_jobs or cpu_count(),
        verbose=1,
        random_state=options.random_state,
    )
    print(f"{folder} contains generated recordings.")
    return 0


def _add_benchmark(commands):
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
    add(
        "--data-home",
        metavar="DIR",
        help="folder of the data sets (default: $SKLEARN_EMOTION_DATA)",
    )
    add(
        "--subjects",
        type=_subjects,
        metavar="LIST",
        help="subjects to load, as 1,2,5-8, or 'available' for those whose files are "
        "there (default: all, or some with --quick)",
    )
    add(
        "--cache-dir",
        metavar="DIR",
        help="store the loaded arrays there, so that the next run loads them faster",
    )
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
        type=_positive,
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
        type=_access,
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
        type=_positive,
        metavar="N",
        help="number of folds at the same time (default: the number of CPU cores)",
    )
    add(
        "--backend",
        choices=["joblib", "dask"],
        default="joblib",
        help="how to run the folds",
    )
    add("--scheduler", metavar="ADDRESS", help="dask scheduler, as tcp://host:8786")
    add("--dry-run", action="store_true", help="show the plan and an estimated time")
    add("--random-state", type=int, default=0, metavar="N", help="seed (default: 0)")


def _positive(text):
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        message = f"must be a whole number of at least 1, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return number


def _access(text):
    if text not in ACCESS_LEVELS and not re.fullmatch("labels:0*[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(
            f"must be {', '.join(ACCESS_LEVELS)} or labels:k with a number of trials, "
            f"such as labels:2, got {text!r}"
        )
    return text


def _subjects(text):
    if text == "available":
        return text
    subjects = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,4})(?:\s*-\s*([0-9]{1,4}))?\s*", part)
        if match is None:
            raise argparse.ArgumentTypeError(
                f"must be 'available' or numbers such as 1,2,5-8, got {text!r}"
            )
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise argparse.ArgumentTypeError(
                f"the range {part.strip()} must start with the smaller number"
            )
        subjects += range(first, last + 1)
    return list(dict.fromkeys(subjects))


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
    from sklearn_emotion.evaluation import score_table
    from sklearn_emotion.evaluation.read._results import without_dummies
    from sklearn_emotion.evaluation.read._tables import format_table

    table = score_table(without_dummies(results, results))
    n_subjects = table["run"]["n_subjects"].max()
    pooled = "; the windows of a trial are averaged" if results.unit == "trial" else ""
    print(
        f"\n{_one_line(results.iloc[0])}: mean ± sd over {n_subjects} subjects [95 % "
        f"interval of the mean]{pooled}; 'dummy' always predicts the majority class, "
        "or the mean rating; 'shared' is what training and test have in common"
    )
    print(format_table(table))
    if folder:
        print(f"\nAll folds: {Path(folder) / 'results.csv'}")
    failed = results[results["error"] != ""]
    for _, row in failed.iterrows():
        text = f"{row['estimator']}, fold {row['fold']}: {row['error']}"
        print(f"failed: {text}", file=sys.stderr)
    return 1 if len(failed) else 0


if __name__ == "__main__":
    sys.exit(main())
