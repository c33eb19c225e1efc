"""Choice of the measures that a transformer computes."""

MEASURES = """
measures : str or sequence of str
    Names of the measures, or ``"all"``. The output has them in this order.
"""


def chosen(measures, kinds):
    """Return the names in `measures` as a list, where ``"all"`` stands for `kinds`.

    Raise an error for a name that is unknown or occurs twice, and if there is none.
    """
    if isinstance(measures, str):
        measures = kinds if measures == "all" else [measures]
    names = list(measures)
    unknown = [name for name in names if name not in kinds]
    if unknown:
        raise ValueError(
            f"measures holds the unknown names {unknown}; choose among {list(kinds)}."
        )
    if not names or len(set(names)) < len(names):
        raise ValueError(f"measures must hold different names, got {names}.")
    return names
