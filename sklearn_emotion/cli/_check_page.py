"""The page of `check`: the files of a data set, and what can be loaded from them."""

import re
import warnings
from html import escape
from pathlib import Path
from textwrap import dedent

import numpy as np
import pandas as pd

from sklearn_emotion import datasets
from sklearn_emotion.datasets import EmotionDataset
from sklearn_emotion.datasets._generated import members_of
from sklearn_emotion.evaluation.read._report import (
    fact_list,
    picture,
    section,
    sortable,
    whole_page,
)
from sklearn_emotion.evaluation.run._store import write_atomically
from sklearn_emotion.inspection import DatasetDisplay

# Number of files with a problem that the page lists.
_MOST_FILES = 200
# Loader of each data set by the name of the command, the label or rating whose classes
# the page shows, and options. None of the options changes the samples of a person.
LOADERS = {
    "afew-va": ("load_afew_va", None, {"window": None, "face_size": 8}),
    "amigos": ("load_amigos", "valence", {}),
    "case": ("load_case", "emotion", {}),
    "deap": ("load_deap", "valence", {}),
    "dreamer": ("load_dreamer", None, {}),
    "eegmat": ("load_eegmat", "task", {}),
    "faced": ("load_faced", "emotion", {}),
    "mahnob-hci": ("load_mahnob_hci", "valence", {}),
    "seed": ("load_seed", "emotion", {}),
    "seed-iv": ("load_seed_iv", "emotion", {}),
    "seed-v": ("load_seed_v", "emotion", {}),
    "stress-predict": ("load_stress_predict", "task", {}),
    "wesad": ("load_wesad", "condition", {}),
}
# Data sets that are one file, or have no parameter `subjects`.
_AT_ONCE = ("afew-va", "dreamer")


def write_check_page(name, report, path):
    """Write the page, and return its path.

    Parameters
    ----------
    name : str
        Name of the data set.
    report : pandas.DataFrame
        Result of `check_dataset`.
    path : path-like
        File to write.
    """
    path = Path(path).expanduser().absolute()
    dataset, problems = load_people(name, report.attrs["folder"])
    target = LOADERS[name][1]
    sections = [_facts(name, report, dataset), _files(report)]
    if dataset is not None:
        sections += [*_contents(dataset, target), _left_out(dataset, problems)]
    else:
        sections.append(_left_out({}, problems))
    write_atomically(path, whole_page(f"{name}: what this copy contains", sections))
    return path


def load_people(name, folder):
    """Load one person after the other, and keep only what describes the samples.

    Returns
    -------
    dataset : EmotionDataset or None
        The samples of all people who could be loaded. Its arrays have the right shapes
        and contain zeros, which take no memory. None if nobody could be loaded.
    problems : list of str
        Errors and warnings of the loader.
    """
    loader, _, options = LOADERS[name]
    load = getattr(datasets, loader)
    module = getattr(datasets, f"_{loader.removeprefix('load_')}")
    people = [None]
    if name not in _AT_ONCE:
        people = members_of(Path(folder), module.SUBJECTS)
    parts, problems = [], []
    for person in people:
        chosen = {} if person is None else {"subjects": [person]}
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                parts.append(_hollow(load(folder, **chosen, **options)))
            texts = [str(warning.message) for warning in caught]
        except (ValueError, OSError) as error:
            texts = [str(error)]
        who = "" if person is None else f"subject {person}: "
        problems += [f"{who}{' '.join(text.split())}" for text in texts]
    return (_joined(parts) if parts else None), problems


def _hollow(dataset):
    """Return the fields of a data set with the shapes of its arrays."""
    shapes = {name: array.shape for name, array in dataset.data.items()}
    fields = ("metadata", "sfreq", "ch_names", "units", "DESCR")
    return {
        **{name: dataset[name] for name in fields},
        "shapes": shapes,
        "missing": list(dataset.get("missing", [])),
    }


def _joined(parts):
    first = parts[0]
    metadata = pd.concat([part["metadata"] for part in parts], ignore_index=True)
    zero = np.float32(0)
    data = {
        name: np.broadcast_to(zero, (len(metadata), *shape[1:]))
        for name, shape in first["shapes"].items()
    }
    return EmotionDataset(
        data=data,
        metadata=metadata,
        sfreq=first["sfreq"],
        ch_names=first["ch_names"],
        units=first["units"],
        DESCR=first["DESCR"],
        missing=[text for part in parts for text in part["missing"]],
    )


def _facts(name, report, dataset):
    counts = report["status"].value_counts(sort=False)
    facts = {"data set": name, "folder": report.attrs["folder"]}
    facts |= {f"files {status}": n for status, n in counts.items()}
    if dataset is not None:
        metadata = dataset.metadata
        facts["subjects"] = metadata["subject"].nunique()
        if "trial" in metadata:
            facts["trials"] = metadata["trial"].nunique()
        facts["samples"] = len(metadata)
    return fact_list(facts)


def _files(report):
    wrong = report[report["status"] != "good"]
    if wrong.empty:
        return section("Files", f"<p>All {len(report)} files are good.</p>", "")
    rows = [
        [(cell, cell) for cell in row]
        for row in wrong[["file", "status", "problem"]].to_numpy()[:_MOST_FILES]
    ]
    note = f"{len(wrong)} of {len(report)} files are not good."
    if len(wrong) > _MOST_FILES:
        note += f" The first {_MOST_FILES} are listed."
    return section("Files", sortable(["file", "status", "problem"], rows), note)


def _contents(dataset, target):
    """Return the sections of the modalities, the people and the picture."""
    rows = []
    for name, array in dataset.data.items():
        rate = dataset.sfreq.get(name)
        shape = " x ".join(map(str, array.shape[1:]))
        cells = [(name, name), (shape, shape)]
        cells.append(("", -1.0) if rate is None else (f"{rate:g}", rate))
        rows.append([*cells, (dataset.units[name], dataset.units[name])])
    head = ["modality", "shape of a sample", "rate in Hz", "unit"]
    note = "As the loader returns them by default."
    sections = [section("Modalities", sortable(head, rows), note)]
    table = dataset.summary(target)
    rows = [
        [(str(subject), subject), *(_number(value) for value in values)]
        for subject, values in zip(table.index, table.to_numpy())
    ]
    note = f"Shares of the classes of {target}." if target else ""
    if 1 in table:
        note += " Ratings above 5 belong to class 1, and the other ones to class 0."
    people = sortable(["subject", *map(str, table)], rows)
    sections.append(section("Subjects", people, note))
    display = DatasetDisplay.from_dataset(dataset, target)
    image = picture(display.figure_, "Samples of each subject, and ratings")
    note = "The histograms count each trial once."
    if display.thresholds:
        note += " The dashed line is the threshold of the classes."
    sections.append(section("Samples and ratings", image, note))
    return [*sections, section("Description", described(dataset.DESCR), "")]


def described(text):
    """Return the description of a data set, in reStructuredText, as HTML.

    The descriptions contain titles, paragraphs, lists of fields or of items, and blocks
    of literal text.
    """
    parts = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = block.splitlines()
        if block.startswith(".. _"):
            continue
        if len(lines) == 2 and set(lines[1]) in ({"="}, {"-"}):
            parts.append(f"<h3>{escape(lines[0])}</h3>")
        elif block.startswith("    "):
            parts.append(f"<pre>{escape(dedent(block))}</pre>")
        elif re.match(r":\w|- ", block):
            items = re.split(r"\n(?=:\w|- )", block)
            rows = "".join(
                f"<li>{_prose(item.removeprefix('- '))}</li>" for item in items
            )
            parts.append(f"<ul>{rows}</ul>")
        else:
            parts.append(f"<p>{_prose(block)}</p>")
    return "\n".join(parts)


def _prose(text):
    """Return text with its marks of fields, of bold words and of code as HTML."""
    text = escape(" ".join(text.split()), quote=False)
    text = re.sub(r"^:([^:]+):", r"<b>\1:</b>", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"(`+)(.+?)\1", r"<code>\2</code>", text)
    return re.sub("::$", ":", text)


def _number(value):
    if np.isnan(value):
        return "", -1.0
    return f"{value:.6g}" if float(value).is_integer() else f"{value:.3f}", value


def _left_out(dataset, problems):
    lines = list(dict.fromkeys([*dataset.get("missing", []), *problems]))
    if not lines:
        return section("Left out", "<p>Nothing is left out.</p>", "")
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    note = "Trials without a sample, and what the loader reports."
    return section("Left out", f"<ul>{items}</ul>", note)
