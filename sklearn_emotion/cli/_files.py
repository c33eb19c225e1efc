"""The commands `report`, `check` and `cache`."""

from pathlib import Path

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
# Number of files that `check` lists per status.
MOST_LINES = 20


def add_report(commands):
    """Add the command `report`."""
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


def add_check(commands):
    """Add the command `check`."""
    text = "Read all files of a data set and list those that are missing or wrong."
    parser = commands.add_parser("check", help="check a data set", description=text)
    parser.set_defaults(run=_check)
    parser.add_argument("dataset", choices=CHECKED)
    parser.add_argument("folder", metavar="DIR", help="folder of the data set")
    parser.add_argument(
        "--page",
        metavar="FILE",
        help="also load the data set, and write one self-contained HTML page about "
        "its files, subjects, classes and ratings",
    )


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
    if options.page:
        from sklearn_emotion.cli._check_page import write_check_page

        print(f"Page: {write_check_page(options.dataset, report, options.page)}")
    return 0 if (report["status"] == "good").all() else 1


def add_cache(commands):
    """Add the command `cache`."""
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
