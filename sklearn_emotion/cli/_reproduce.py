"""The command `reproduce`."""

import shlex
import sys
from pathlib import Path

from sklearn_emotion.cli._options import (
    add_cache_dir,
    add_data_home,
    add_random_state,
    add_scheduler,
    positive,
    subject_numbers,
)


def add_reproduce(commands):
    """Add the command `reproduce`."""
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
    add_data_home(add)
    add("--out", metavar="DIR", help="store folds and the page there")
    add(
        "--protocol",
        choices=["paper", "honest", "both"],
        default="both",
        help="split as in the paper, leak-free split, or both (default)",
    )
    add(
        "--subjects",
        type=subject_numbers,
        metavar="LIST",
        help="subjects to load, as 1,2,5-8 (default: those of the paper)",
    )
    add_cache_dir(add)
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
        type=positive,
        default=1,
        metavar="N",
        help="number of folds at the same time (default: 1)",
    )
    add_scheduler(add)
    add_random_state(add)


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
        f"{facts['memory']:.2f} GB of memory for arrays and features, and "
        f"{facts['disk']:.3f} GB on disk; {cost['tflop'].sum():.3g} TFLOP of networks. "
        "Nothing is run."
    )
    return 0


def _show_study(results):
    from sklearn_emotion.evaluation.read._tables import align_columns, score_title
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
        print(f"\n{target}, in percent (mean ± sd over subjects)")
        print("\n".join(align_columns(lines)))
