"""Figures of the report as SVG without external files."""

from html import escape

import numpy as np

WIDTH = 760


def subject_bars(by_subject, score, *, dummy=None):
    """Return an SVG with one panel per estimator and one bar per subject.

    The table `by_subject` is made by `subject_scores`. Values of `score` are at most 1;
    values below -1 are drawn as -1. The column `dummy` is drawn as a tick on each bar.
    """
    subjects = sorted(by_subject["subject"].unique())
    names = list(dict.fromkeys(by_subject["estimator"]))
    left, height, gap = max(150, 46 + _widest(names)), 74, 22
    step = (WIDTH - left - 10) / max(len(subjects), 1)
    levels = (-1, 0, 1) if (by_subject[score] < -0.005).any() else (0, 0.5, 1)
    parts = []
    for row, name in enumerate(names):
        mine = by_subject[by_subject["estimator"] == name].set_index("subject")
        base = row * (height + gap) + height + 8

        def place(value, base=base):
            share = (max(value, levels[0]) - levels[0]) / (1 - levels[0])
            return base - share * height

        mean = mine[score].mean()
        parts.append(_text(left - 34, base - height / 2, name, anchor="end"))
        parts.append(
            _text(left - 34, base - height / 2 + 15, f"mean {mean:.3f}", "end", "soft")
        )
        for level in levels:
            y = place(level)
            parts.append(_line(left, y, WIDTH - 10, y, "grid"))
            parts.append(_text(left - 6, y + 4, f"{level:g}", "end", "soft"))
        for k, subject in enumerate(subjects):
            if subject not in mine.index or np.isnan(mine.loc[subject, score]):
                continue
            value = mine.loc[subject, score]
            x, top = left + k * step, place(max(value, 0))
            h = place(min(value, 0)) - top
            width = max(step - 2, 1)
            tip = f"{name}, subject {subject}: {value:.3f}"
            parts.append(
                f'<rect class="bar" x="{x + 1:.1f}" y="{top:.1f}" '
                f'width="{width:.1f}" height="{h:.1f}"><title>{escape(tip)}</title>'
                "</rect>"
            )
            if dummy is not None:
                y = place(mine.loc[subject, dummy])
                parts.append(_line(x + 1, y, x + 1 + width, y, "dummy"))
    bottom = len(names) * (height + gap) + 8
    label = max(1, int(np.ceil(len(subjects) / 40)))
    for k, subject in enumerate(subjects[::label]):
        x = left + (k * label + 0.5) * step
        parts.append(_text(x, bottom, str(subject), "middle", "soft"))
    return _svg(bottom + 12, parts, f"{score} of each subject")


def confusion_matrix(part, classes):
    """Return the confusion matrix of one estimator as an SVG.

    `part` holds the predictions of the estimator. The matrix has one row per true
    class, and the shade of a cell is its share of the row.
    """
    left, top, width, height = 24 + _widest(map(str, classes)), 44, 84, 48
    right = left + width * len(classes)
    parts = [
        _text(left - 8, top - 8, "true", "end", "soft"),
        _text((left + right) / 2, 14, "predicted", "middle", "soft"),
    ]
    spoken = []
    for row, label in enumerate(classes):
        mine = part[part["y_true"] == label]
        y, middle = top + row * height, top + (row + 0.5) * height
        parts.append(_text(left - 8, middle + 4, str(label), "end"))
        for column, predicted in enumerate(classes):
            x, center = left + column * width, left + (column + 0.5) * width
            n = int((mine["y_pred"] == predicted).sum())
            share = n / len(mine) if len(mine) else 0.0
            if row == 0:
                parts.append(_text(center, top - 8, str(predicted), "middle"))
            parts.append(
                f'<rect class="cell" x="{x + 1}" y="{y + 1}" width="{width - 2}" '
                f'height="{height - 2}" fill-opacity="{0.08 + 0.6 * share:.3f}"/>'
            )
            parts.append(_text(center, middle, str(n), "middle", "count"))
            parts.append(_text(center, middle + 16, f"{share:.0%}", "middle", "share"))
            spoken.append(f"{n} of true class {label} predicted as {predicted}")
    bottom = top + height * len(classes) + 4
    return _svg(bottom, parts, "; ".join(spoken), width=right + 4)


def critical_difference(ranks, together):
    """Return an SVG with mean ranks on a line, where rank 1 is best.

    Bars join the groups of estimators in `together`, which do not differ significantly.
    """
    names = sorted(ranks, key=ranks.get)
    low, high = 1, max(len(names), 2)
    side = max(190, 74 + _widest(names))
    left, right, axis = side, WIDTH - side, 34

    def place(rank):
        return left + (rank - low) / (high - low) * (right - left)

    parts = [_line(left, axis, right, axis, "axis")]
    for rank in range(low, high + 1):
        x = place(rank)
        parts.append(_line(x, axis - 5, x, axis + 5, "axis"))
        parts.append(_text(x, axis - 10, str(rank), "middle", "soft"))
    tier = axis + 14
    for group in together:
        a, b = (place(f(ranks[n] for n in group)) for f in (min, max))
        parts.append(_line(a - 4, tier, b + 4, tier, "clique"))
        tier += 9
    half = (len(names) + 1) // 2
    tier += 14
    for k, name in enumerate(names):
        on_left = k < half
        level = tier + 24 * (k if on_left else len(names) - 1 - k)
        x, end = place(ranks[name]), left - 14 if on_left else right + 14
        parts.append(
            f'<polyline class="stem" points="{x:.1f},{axis} {x:.1f},{level} '
            f'{end:.1f},{level}"/>'
        )
        text = f"{name} ({ranks[name]:.2f})"
        x = end - 4 if on_left else end + 4
        parts.append(_text(x, level + 4, text, "end" if on_left else "start"))
    return _svg(tier + 24 * half, parts, "mean ranks of the estimators")


def _svg(height, parts, label, *, width=WIDTH):
    return (
        f'<div class="wide"><svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'style="max-width: {width:.0f}px" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg></div>"
    )


def _widest(names):
    """Return the approximate width of the longest name, at most half of a figure."""
    return min(6.5 * max(map(len, names)), WIDTH / 2 - 120)


def _line(x1, y1, x2, y2, kind):
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line class="{kind}" {ends}/>'


def _text(x, y, text, anchor="start", kind=""):
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
