"""The studies by name."""

from importlib import import_module

_MODULES = {
    "3facrnn": "_three_fac_rnn",
    "deepvanet": "_deep_vanet",
    "prior-dfcn": "_prior_dfcn",
    "hierarchical-lstm": "_hierarchical_lstm",
    "modality-attention": "_modality_attention",
}


def list_studies():
    """Return the names of the studies.

    Returns
    -------
    names : list of str
        Names, as :func:`load_study` takes them.

    Examples
    --------
    >>> from sklearn_emotion.studies import list_studies
    >>> list_studies()
    ['3facrnn', 'deepvanet', 'prior-dfcn', 'hierarchical-lstm', 'modality-attention']
    """
    return list(_MODULES)


def load_study(name):
    """Return the study of a paper.

    Read more in the :ref:`User Guide <reproduce>`.

    Parameters
    ----------
    name : str
        Name of the study, see :func:`list_studies`.

    Returns
    -------
    study : Study
        The study.

    Raises
    ------
    ValueError
        If there is no study with this name.

    Examples
    --------
    >>> from sklearn_emotion.studies import load_study
    >>> load_study("prior-dfcn").tables
    ('table 1', 'table 2')
    """
    if name not in _MODULES:
        raise ValueError(f"Unknown study {name!r}; known ones are {list_studies()}.")
    return import_module(f"sklearn_emotion.studies.{_MODULES[name]}").STUDY
