"""Texts of parameters that the functions of the studies share."""

STUDIES = """
table : str
    Name of a table or figure, such as ``"table 3"``. A number alone stands for a
    table.

name : str
    Name of a figure, such as ``"figure 7"``.

dataset : EmotionDataset
    Data set from `load`. A data set of your own must have the same modalities, and its
    field ``name`` says beside which printed numbers its results are shown. Without the
    field, no printed numbers are shown.

protocols : sequence of {"paper", "honest"}
    Splits to run: as in the paper, and the corresponding leak-free split, see
    :class:`PaperProtocol`.

targets : sequence of str or None
    Ratings to predict. If None, the ratings of the table.

rows : sequence of str or None
    Rows to run. If None, all rows that can be produced.

store : path-like or None
    Folder in which each fold is stored as soon as it is finished, see
    :func:`~sklearn_emotion.evaluation.compare`. The same call with the same folder
    continues where it stopped.

quick : bool
    Whether to train networks with the default settings of the library for a few
    epochs, and to use two folds where the paper has ten.

settings : {"paper", "default"}
    Whether networks have the settings of their paper (``paper_params``) or the default
    settings of the library. `quick` uses the default settings.

teacher : estimator or None
    Fitted :class:`VisualCNNTCN`, for 3FACRNN. If None, a teacher is trained on the
    training faces of each fold, which differs from the paper.

random_state : int
    Seed of the splits and of the estimators.

verbose : int
    If 1, show progress bars.
"""
