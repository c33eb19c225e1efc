"""A study: the data sets, tables, figures and splits of one published paper."""

from dataclasses import dataclass

import pandas as pd

from sklearn_emotion._docs import fill_doc
from sklearn_emotion.evaluation._docs import COMPARISON
from sklearn_emotion.evaluation.plan._targets import targets_of
from sklearn_emotion.evaluation.run._sources import thin_out
from sklearn_emotion.model_selection import PaperProtocol
from sklearn_emotion.model_selection._paper_protocol import PROTOCOLS as PAPER_SPLITS
from sklearn_emotion.studies._docs import STUDIES
from sklearn_emotion.studies._experiment import Context
from sklearn_emotion.studies._printed import COLUMNS

PROTOCOLS = ("paper", "honest")
THRESHOLD = 5.0


@dataclass(frozen=True, repr=False)
class Study:
    """The data sets, tables, figures and splits of one published paper.

    :func:`load_study` returns the studies that the library contains. A study is the way
    from the files of a data set to the tables and figures of its paper: once split as
    the paper split the data, and once with the corresponding leak-free split.

    Read more in the :ref:`User Guide <reproduce>`.

    Parameters
    ----------
    name : str
        Name of the study.

    title : str
        Title of the paper.

    reference : str
        Authors, journal and year.

    loaders : dict of str to callable
        For each data set, a function ``load(data_home, **options)`` that loads it as
        the paper describes it.

    experiments : dict of str to Experiment
        Tables of the paper, and figures with the scores of fitted models.

    figures : dict of str to Figure
        Figures that can be drawn from the results of an experiment.

    side : {">", ">="}, default=">"
        Whether a rating of 5 is low or high.

    notes : tuple of str, default=()
        Departures from the paper that concern all tables.

    Examples
    --------
    >>> from sklearn_emotion.studies import load_study
    >>> study = load_study("3facrnn")
    >>> study.datasets
    ('deap', 'mahnob-hci')
    >>> printed = study.printed("table 3")
    >>> printed.loc[0, ["row", "column"]].tolist(), float(printed.loc[0, "value"])
    (['With all attention', 'DEAP, Arousal'], 96.75)
    """

    name: str
    title: str
    reference: str
    loaders: dict
    experiments: dict
    figures: dict
    side: str = ">"
    notes: tuple = ()

    def __repr__(self):
        return f"Study({self.name!r}: {self.title})"

    @property
    def datasets(self):
        """Names of the data sets that the paper uses."""
        return tuple(self.loaders)

    @property
    def tables(self):
        """Names of the tables, and of the figures that `run` produces."""
        return tuple(self.experiments)

    @fill_doc(COMPARISON, STUDIES)
    def printed(self, table):
        """Return the numbers that the paper prints in a table.

        Parameters
        ----------
        %(table)s

        Returns
        -------
        printed : pandas.DataFrame
            One row per number: ``row`` and ``column`` as the paper calls them,
            ``dataset``, ``target`` (None if the paper does not state it), ``score``,
            ``value``, ``sd`` (NaN if it is not printed), ``unit`` and ``source``. The
            table is empty for a figure whose numbers the paper does not print.
        """
        printed = self.experiment(table).printed
        return (
            pd.DataFrame(columns=list(COLUMNS)) if printed is None else printed.table()
        )

    @fill_doc(COMPARISON, STUDIES)
    def rows(self, table):
        """Return the rows of a table, and why some of them cannot be produced.

        Parameters
        ----------
        %(table)s

        Returns
        -------
        rows : pandas.DataFrame
            One row per row of the table: ``row``, ``produced`` (whether `run` produces
            it), and ``reason``, which is empty for rows that are produced.
        """
        rows = self.experiment(table).rows
        return pd.DataFrame(
            {
                "row": list(rows),
                "produced": [row.build is not None for row in rows.values()],
                "reason": [row.missing for row in rows.values()],
            }
        )

    @fill_doc(COMPARISON, STUDIES)
    def load(self, dataset, data_home=None, *, quick=False, **options):
        """Load a data set as the paper describes it.

        Parameters
        ----------
        dataset : str
            Name of the data set, one of ``datasets``.
        data_home : path-like or None, default=None
            Folder of the data sets, see :func:`load_deap`.
        quick : bool, default=False
            Whether to keep at most 24 evenly spaced samples of each subject.
        **options : dict
            ``subjects``, ``cache_dir``, ``n_jobs`` and ``verbose`` of the loader.

        Returns
        -------
        dataset : EmotionDataset
            Data set whose field ``name`` is its name.
        """
        if dataset not in self.loaders:
            raise ValueError(
                f"The study {self.name!r} has the data sets {list(self.datasets)}, got "
                f"{dataset!r}."
            )
        given = {key: value for key, value in options.items() if value is not None}
        loaded = self.loaders[dataset](data_home, **given)
        loaded = thin_out(loaded) if quick else loaded
        loaded["name"] = dataset
        return loaded

    @fill_doc(COMPARISON, STUDIES)
    def estimators(
        self, table, dataset, *, quick=False, settings="paper", teacher=None, rows=None
    ):
        """Return the estimators of a table, as `compare` takes them.

        Parameters
        ----------
        %(table)s
        %(dataset)s
        %(quick)s
        %(settings)s
        %(teacher)s
        %(rows)s

        Returns
        -------
        estimators : dict of str to (estimator, modalities)
            Estimators that are not fitted, by the name of their row.
        """
        experiment = self.experiment(table)
        context = self.context(dataset, quick, settings, teacher)
        names = list(experiment.rows) if rows is None else list(rows)
        unknown = [name for name in names if name not in experiment.rows]
        if unknown:
            raise ValueError(
                f"{table} has no rows {unknown}; its rows are {list(experiment.rows)}."
            )
        missing = [n for n in names if experiment.rows[n].build is None]
        if rows is not None and missing:
            reason = experiment.rows[missing[0]].missing
            raise ValueError(f"The row {missing[0]!r} cannot be produced: {reason}")
        return {
            name: experiment.rows[name].build(context)
            for name in names
            if name not in missing
        }

    @fill_doc(COMPARISON, STUDIES)
    def run(
        self,
        table,
        dataset,
        *,
        protocols=PROTOCOLS,
        targets=None,
        rows=None,
        store=None,
        n_jobs=None,
        scheduler=None,
        quick=False,
        settings="paper",
        teacher=None,
        random_state=0,
        verbose=0,
    ):
        """Produce a table: fit and score its rows with the splits of the paper.

        Parameters
        ----------
        %(parameters)s

        Returns
        -------
        results : StudyResults
            The table, with the numbers of the paper next to those of the runs.

        Raises
        ------
        ValueError
            If a name is unknown, if a row cannot be produced, or if `store` holds the
            results of other data or settings.

        Warns
        -----
        LeakageWarning
            If the split of the paper puts trials or subjects in both training and
            test.
        """
        from sklearn_emotion.studies._run import run_study

        return run_study(
            self,
            table,
            dataset,
            protocols=protocols,
            targets=targets,
            store=store,
            compare_options={
                "n_jobs": n_jobs,
                "scheduler": scheduler,
                "random_state": random_state,
                "verbose": verbose,
            },
            build_options={
                "quick": quick,
                "settings": settings,
                "teacher": teacher,
                "rows": rows,
            },
        )

    @fill_doc(COMPARISON, STUDIES)
    def figure(self, name, results_or_fits):
        """Draw a figure of the paper.

        Parameters
        ----------
        %(name)s
        results_or_fits : StudyResults or list of Fit
            Results of a table that the figure can be drawn from. Rows whose networks
            the figure shows are fitted again, on the training samples of the first
            fold of the leak-free split. A list of fits, from ``StudyResults.fit``, is
            drawn as it is.

        Returns
        -------
        figure : matplotlib.figure.Figure
            The figure.

        Raises
        ------
        ValueError
            If the name is unknown, or if the figure cannot be drawn from this table.
        """
        if name not in self.figures:
            raise ValueError(
                f"The study {self.name!r} draws {list(self.figures)}, got {name!r}."
            )
        figure = self.figures[name]
        if isinstance(results_or_fits, (list, tuple)):
            return figure.draw(list(results_or_fits))
        table = results_or_fits.table
        if table not in figure.experiments:
            raise ValueError(
                f"{name} is drawn from {' or '.join(figure.experiments)}, got the "
                f"results of {table}."
            )
        if figure.fits:
            return figure.draw(results_or_fits.fit(figure.fits))
        return figure.draw(results_or_fits)

    def experiment(self, table):
        """Return the experiment that a table belongs to."""
        name = full_name(table)
        if name not in self.experiments:
            raise ValueError(
                f"The study {self.name!r} has {list(self.tables)}, got {table!r}."
            )
        return self.experiments[name]

    def context(self, dataset, quick=False, settings="paper", teacher=None):
        """Return what the estimators are built for."""
        if settings not in ("paper", "default"):
            raise ValueError(
                f"settings must be 'paper' or 'default', got {settings!r}."
            )
        return Context(dict(dataset.sfreq), dataset.ch_names, quick, settings, teacher)

    def splits(self, protocol, side, dataset, target, quick=False, random_state=0):
        """Return the splitter of one side of a table.

        `protocol` is the name of the paper's split, and `side` is ``"paper"`` or
        ``"honest"``.
        """
        few = {}
        if quick and PAPER_SPLITS[protocol].has_folds:
            few = {"n_splits": 2, "n_repeats": 1}
        cv = PaperProtocol(protocol, random_state=random_state, **few)
        if side == "paper":
            return cv
        y = self.classes(dataset, target)
        return cv.honest_twin(y, dataset.metadata)

    def classes(self, dataset, target):
        """Return the class of each sample."""
        return targets_of(dataset, target, threshold=THRESHOLD, side=self.side)


def full_name(table):
    """Return the name of a table; a number alone stands for a table."""
    text = " ".join(str(table).lower().split())
    return f"table {text}" if text.isdecimal() else text
