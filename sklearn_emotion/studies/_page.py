"""Page of a table of a study: printed numbers, both splits, the dummy, and figures."""

from html import escape
from pathlib import Path

import numpy as np

from sklearn_emotion._validation import warn_user
from sklearn_emotion.evaluation.read._report import (
    fact_list,
    picture,
    section,
    sortable,
    whole_page,
)
from sklearn_emotion.evaluation.read._tables import score_title
from sklearn_emotion.evaluation.run._store import write_atomically
from sklearn_emotion.model_selection._paper_protocol import PROTOCOLS as PAPER_SPLITS

HEADS = {
    "printed": "printed in the paper",
    "paper": "here, split as in the paper",
    "honest": "here, leak-free split",
    "dummy": "dummy",
}
GENERATED = (
    "The recordings are generated, not recorded from people. The numbers show that the "
    "study runs, and say nothing about emotion or about the method."
)


def write_page(results, path, command=None):
    """Write the page of the results of a table, and return its path."""
    study = results.study
    experiment = study.experiment(results.table)
    sections = [_summary(results)]
    for target in results.targets:
        sections.append(section(target.capitalize(), *_table(results, target)))
    sections.append(_notes(results))
    sections += _figures(results)
    if command:
        body = f"<pre>{escape(command)}</pre>"
        sections.append(section("Run it again", body, ""))
    title = f"{study.name}, {results.table}: {experiment.title}"
    if results.is_generated:
        title = f"{title} (generated data)"
    path = Path(path).expanduser().absolute()
    write_atomically(path, whole_page(title, sections))
    return path


def _summary(results):
    study, dataset = results.study, results.dataset
    options = results.options
    protocols = results.protocols
    if options["quick"]:
        settings = "quick: default settings, few epochs"
        if any(PAPER_SPLITS[protocol].has_folds for protocol in protocols):
            settings += ", two folds instead of ten"
    else:
        settings = {"paper": "of the paper", "default": "default"}[options["settings"]]
    facts = {
        "paper": f"{study.title}. {study.reference}",
        "data set": dataset.get("name") or "own data",
        "subjects": dataset.metadata["subject"].nunique(),
        "samples": len(dataset.data),
        "settings of networks": settings,
        "split of the paper": ", ".join(protocols),
    }
    banner = ""
    if results.is_generated:
        banner = f'<p class="leak trial"><b>generated data</b>. {GENERATED}</p>'
    return fact_list(facts) + banner


def _table(results, target):
    """Return the table of one target in HTML, and a note about it."""
    scores = results.scores[results.scores["target"] == target]
    several = results.scores["score"].nunique() > 1
    head = ["row", *(["score"] if several else []), HEADS["printed"]]
    has_notes = (scores["note"] != "").any()
    head += [HEADS[side] for side in results.sides] + [HEADS["dummy"]]
    head += ["note"] if has_notes else []
    rows = []
    for row in scores.to_dict("records"):
        cells = [(row["row"], row["row"])]
        if several:
            title = score_title(row["score"])
            cells.append((title, title))
        cells.append(cell(row["printed"], row["printed_sd"], digits=2))
        for side in results.sides:
            shares = row[f"{side}_shares"]
            second = f"shares: {shares}" if shares else ""
            cells.append(cell(row[side], row[f"{side}_sd"], second))
        cells.append(cell(row[f"{results.sides[-1]}_dummy"], np.nan))
        cells += [(row["note"], row["note"])] if has_notes else []
        rows.append(cells)
    note = (
        "Percent: mean ± standard deviation over subjects. Below each number: what "
        "training and test share. The dummy always predicts the majority class, and is "
        f"scored on the {HEADS[results.sides[-1]].removeprefix('here, ')}."
    )
    return sortable(head, rows), note


def cell(value, sd, second="", digits=1):
    """Return a number and its standard deviation as text, with a key to sort by."""
    if np.isnan(value):
        return "", -9.0
    text = f"{value:.{digits}f}"
    if not np.isnan(sd):
        text += f" ± {sd:.{digits}f}"
    return f"{text}\n{second}" if second else text, float(value)


def _notes(results):
    study, experiment = results.study, results.study.experiment(results.table)
    notes = []
    if experiment.printed is not None:
        notes.append(f"Printed numbers: {experiment.printed.source} of the paper.")
    for name in results.protocols:
        notes.append(f"Split {name}: {PAPER_SPLITS[name].description}")
    notes += [*experiment.notes, *study.notes]
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return section("Notes", f"<ul>{items}</ul>", "")


def _figures(results):
    """Return a section for each figure that can be drawn from the table."""
    sections = []
    for name, figure in results.study.figures.items():
        if results.table not in figure.experiments:
            continue
        try:
            body = picture(results.study.figure(name, results), figure.title)
        except Exception as error:
            # The table is worth more than a figure that cannot be drawn.
            reason = f"{type(error).__name__}: {error}"
            warn_user(f"{name} of {results.study.name} was not drawn: {reason}")
            body = f"<p>Not drawn: {escape(reason)}</p>"
        sections.append(section(f"{name.capitalize()}: {figure.title}", body, ""))
    return sections
