"""Numbers that a paper prints, as tables."""

from dataclasses import dataclass, field

import pandas as pd

COLUMNS = (
    "row",
    "column",
    "dataset",
    "target",
    "score",
    "value",
    "sd",
    "unit",
    "source",
)


@dataclass(frozen=True)
class Column:
    """A column of a printed table.

    Parameters
    ----------
    dataset : str
        Name of the data set, as the loaders have it.
    target : str or None
        Rating that is predicted; None if the paper does not state it.
    score : str
        Name of the score in the results of :func:`compare`.
    label : str
        Heading of the column in the paper.
    """

    dataset: str
    target: str | None
    score: str
    label: str


@dataclass(frozen=True)
class Printed:
    """The numbers of one table or figure of a paper.

    Parameters
    ----------
    source : str
        Where they are in the paper.
    columns : tuple of Column
        The columns.
    values : dict of str to tuple of str
        The cells of each row, such as ``"96.75±1.75"``; ``"-"`` is an empty cell.
    scores : dict of str to str, default={}
        Score of each row, if the rows are scores of one method.
    """

    source: str
    columns: tuple
    values: dict
    scores: dict = field(default_factory=dict)

    def table(self):
        """Return the numbers with one row per cell that is not empty."""
        rows = []
        for row, cells in self.values.items():
            for column, cell in zip(self.columns, cells, strict=True):
                if cell == "-":
                    continue
                value, sd = _numbers(cell)
                rows.append(
                    {
                        "row": row,
                        "column": column.label,
                        "dataset": column.dataset,
                        "target": column.target,
                        "score": self.scores.get(row, column.score),
                        "value": value,
                        "sd": sd,
                        "unit": "%",
                        "source": self.source,
                    }
                )
        return pd.DataFrame(rows, columns=list(COLUMNS))


def _numbers(cell):
    value, _, sd = cell.partition("±")
    return float(value), float(sd) if sd else float("nan")


def split_cells(text):
    """Return the cells of rows that are written as a block of text.

    Each line contains the name of a row and its cells, separated by ``|``.
    """
    rows = {}
    for line in text.strip().splitlines():
        name, *cells = (part.strip() for part in line.split("|"))
        rows[name] = tuple(cells)
    return rows
