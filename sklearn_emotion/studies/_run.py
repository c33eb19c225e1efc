"""Run the rows of a table with the splits of the paper and with leak-free splits."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import warn_user
from sklearn_emotion.evaluation._compare import AllFoldsFailedError, run_and_read
from sklearn_emotion.evaluation._docs import COMPARISON
from sklearn_emotion.evaluation.plan._plan import Plan, check_dataset
from sklearn_emotion.evaluation.read._results import Results
from sklearn_emotion.evaluation.read._tables import score_table
from sklearn_emotion.evaluation.run._folds import fit_samples
from sklearn_emotion.evaluation.run._run import open_store
from sklearn_emotion.evaluation.run._sources import drop_unrated
from sklearn_emotion.studies._docs import STUDIES
from sklearn_emotion.studies._experiment import Fit
from sklearn_emotion.studies._study import PROTOCOLS, THRESHOLD, full_name


def run_study(
    study,
    table,
    dataset,
    *,
    protocols,
    targets=None,
    store=None,
    compare_options,
    build_options,
):
    """Run a table and return its results, as `Study.run` describes it."""
    parts = {}
    options = dict(compare_options)
    seed = options.pop("random_state")
    for key, plan in plans_of(
        study,
        table,
        dataset,
        protocols=protocols,
        targets=targets,
        random_state=seed,
        **build_options,
    ):
        folder = None if store is None else Path(store) / folder_of(table, *key)
        try:
            parts[key] = run_and_read(plan, store=open_store(folder, plan), **options)
        except AllFoldsFailedError as error:
            warn_user(str(error), FitFailedWarning)
            parts[key] = error.results
    return StudyResults(study, table, dataset, parts, build_options, seed)


def plans_of(
    study,
    table,
    dataset,
    *,
    protocols=PROTOCOLS,
    targets=None,
    rows=None,
    quick=False,
    settings="paper",
    teacher=None,
    random_state=0,
):
    """Yield the comparisons that make up a table.

    Yields
    ------
    key : (side, target, protocol)
        Side is ``"paper"`` or ``"honest"``.
    plan : Plan
        The comparison.
    """
    check_dataset(dataset)
    experiment = study.experiment(table)
    protocols = [protocols] if isinstance(protocols, str) else list(protocols)
    if not protocols or not set(protocols) <= set(PROTOCOLS):
        raise ValueError(f"protocols must be some of {PROTOCOLS}, got {protocols}.")
    options = {"quick": quick, "settings": settings, "teacher": teacher}
    built = study.estimators(table, dataset, rows=rows, **options)
    if not built:
        raise ValueError(f"No row of {table} can be produced: {study.rows(table)}")
    groups = {}
    for row in built:
        protocol = experiment.rows[row].protocol or experiment.protocol
        groups.setdefault(protocol, []).append(row)
    for target in experiment.targets if targets is None else targets:
        rated = drop_unrated(dataset, target)
        for protocol, names in groups.items():
            for side in protocols:
                cv = study.splits(protocol, side, rated, target, quick, random_state)
                plan = Plan(
                    {name: built[name] for name in names},
                    rated,
                    target,
                    cv,
                    threshold=THRESHOLD,
                    side=study.side,
                    random_state=random_state,
                )
                yield (side, target, protocol), plan


def folder_of(table, side, target, protocol):
    """Return the folder of one comparison inside the store of a table."""
    return f"{full_name(table)} {target} {protocol} {side}".replace(" ", "-")


@fill_doc(COMPARISON, STUDIES)
class StudyResults:
    """Results of one table of a study.

    `Study.run` returns it.

    Parameters
    ----------
    study : Study
        The study.
    %(table)s
    %(dataset)s
    parts : dict of (side, target, protocol) to Results
        Results of each comparison.
    options : dict
        Arguments of `Study.estimators`.
    %(random_state)s

    Attributes
    ----------
    scores : pandas.DataFrame
        One row per row of the table, target and score: ``row``, ``target``, ``score``,
        the ``printed`` number with ``printed_sd``, the ``paper`` score (split as in the
        paper) and the ``honest`` score (leak-free split), each with its ``_sd`` over
        subjects, the worst level that training and test share (``_shares``), the score
        of the ``_dummy`` and the number of subjects (``_subjects``), and a ``note``.
        Numbers are in percent. Rows that cannot be produced have only the printed
        numbers and the reason as note.
    """

    def __init__(self, study, table, dataset, parts, options, random_state=0):
        self.study = study
        self.table = full_name(table)
        self.dataset = dataset
        self.parts = parts
        self.options = options
        self.random_state = random_state
        self.scores = _collect(self)

    @property
    def is_generated(self):
        """Whether the recordings are generated."""
        return bool(self.dataset.get("generated", False))

    @property
    def is_complete(self):
        """Whether no fold has failed."""
        return all((part["error"] == "").all() for part in self.parts.values())

    @property
    def targets(self):
        """Ratings that were predicted."""
        return list(dict.fromkeys(target for _, target, _ in self.parts))

    @property
    def protocols(self):
        """Names of the paper's splits."""
        return list(dict.fromkeys(protocol for *_, protocol in self.parts))

    @property
    def sides(self):
        """Splits that were run."""
        return [s for s in PROTOCOLS if any(side == s for side, *_ in self.parts)]

    def results_of(self, side, target):
        """Return the results of all rows for one side and target.

        Parameters
        ----------
        side : {"paper", "honest"}
            Split as in the paper, or leak-free split.
        target : str
            Rating.

        Returns
        -------
        results : Results
            The folds of all rows, with their predictions.
        """
        mine = [r for (s, t, _), r in self.parts.items() if (s, t) == (side, target)]
        if not mine:
            raise ValueError(f"There are no results of {side!r} for {target!r}.")
        joined = Results(pd.concat([pd.DataFrame(r) for r in mine], ignore_index=True))
        joined.predictions = pd.concat([r.predictions for r in mine], ignore_index=True)
        joined.task, joined.pos_label = mine[0].task, mine[0].pos_label
        return joined

    def fit(self, rows=None, target=None):
        """Fit rows again on the training samples of the first leak-free fold.

        Parameters
        ----------
        rows : sequence of str or None, default=None
            Rows of the table. If None, all rows that were run.
        target : str or None, default=None
            Rating. If None, the first one that was run.

        Returns
        -------
        fits : list of Fit
            For each row, its ``name``, the fitted ``estimator``, and the test samples
            ``X`` with their classes ``y``.
        """
        target = self.targets[0] if target is None else target
        options = {**self.options, "rows": rows}
        fits = []
        for _, plan in plans_of(
            self.study,
            self.table,
            self.dataset,
            protocols="honest",
            targets=[target],
            random_state=self.random_state,
            **options,
        ):
            train, test = plan.splits[0]
            for name, entry in plan.entries.items():
                X = plan.select(name)
                fitted = clone(entry.estimator)
                fit_samples(fitted, X[train], plan.task, train)
                context = self.study.context(
                    self.dataset,
                    options["quick"],
                    options["settings"],
                    options["teacher"],
                )
                y, faces = plan.task.y[test], plan.data.get("face")
                faces = None if faces is None else faces[test[0]]
                fits.append(Fit(name, fitted, X[test], y, context, faces))
        return fits

    def to_html(self, path, *, command=None):
        """Write the table and its figures as one self-contained HTML page.

        Parameters
        ----------
        path : path-like
            File to write.
        command : str or None, default=None
            Command that the page shows as the way to make it again.

        Returns
        -------
        path : pathlib.Path
            The file.
        """
        from sklearn_emotion.studies._page import write_page

        return write_page(self, path, command)


def _collect(results):
    study, experiment = results.study, results.study.experiment(results.table)
    name = results.dataset.get("name")
    printed = study.printed(results.table)
    printed = printed[printed["dataset"] == name]
    ours = {
        key: _percent(part, experiment.scores) for key, part in results.parts.items()
    }
    rows = []
    for target in results.targets:
        for row, spec in experiment.rows.items():
            for score in experiment.scores:
                line = {"row": row, "target": target, "score": score}
                line |= _printed_cell(printed, experiment, line)
                for side in results.sides:
                    protocol = spec.protocol or experiment.protocol
                    table = ours.get((side, target, protocol))
                    line |= _cells(side, table, row, score)
                line["note"] = spec.missing
                rows.append(line)
    table = pd.DataFrame(rows)
    # The numbers of a row that is not produced may belong to another data set only.
    there = [c for c in ("printed", "paper", "honest") if c in table]
    is_produced = table["note"] == ""
    return table[table[there].notna().any(axis=1) | is_produced].reset_index(drop=True)


def _printed_cell(printed, experiment, line):
    by_score = experiment.printed is not None and experiment.printed.scores
    mine = printed[printed["score"] == line["score"]]
    if not by_score:
        mine = mine[mine["row"] == line["row"]]
    mine = mine[mine["target"].isna() | (mine["target"] == line["target"])]
    if mine.empty:
        return {"printed": np.nan, "printed_sd": np.nan}
    cell = mine.iloc[0]
    return {"printed": cell["value"], "printed_sd": cell["sd"]}


def _percent(part, scores):
    if part.predictions is None or part.predictions.empty:
        return None
    return score_table(part, scores=list(scores))


def _cells(side, table, row, score):
    cells = {side: np.nan, f"{side}_sd": np.nan, f"{side}_dummy": np.nan}
    cells |= {f"{side}_shares": "", f"{side}_subjects": 0}
    if table is None or row not in table.index:
        return cells
    line = table.loc[row]
    return {
        side: 100 * line[score, "mean"],
        f"{side}_sd": 100 * line[score, "sd"],
        f"{side}_dummy": 100 * line[score, "dummy"],
        f"{side}_shares": line["run", "leak"],
        f"{side}_subjects": int(line["run", "n_subjects"]),
    }
