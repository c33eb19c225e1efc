"""Pages of the API reference: one page for each family of public names.

A family has groups, and a group names the modules of the package whose public names it
contains. A public name whose module is in no group fails the build. Frequency bands
have no module of their own, so a group names them.
"""

import re
from importlib import import_module
from typing import NamedTuple

import sklearn_emotion


class Family(NamedTuple):
    """One page of the reference."""

    title: str
    purpose: str
    guides: str
    groups: dict


# Modules with public names. All but the last three are subpackages.
ROOMS = (
    *("features", "preprocessing", "models", "baselines", "model_selection"),
    *(
        "evaluation",
        "studies",
        "inspection",
        "persistence",
        "datasets",
        "utils",
        "base",
    ),
    *("modalities", "montage", "discovery"),
)
# Public names of modules that do not list them.
MODULE_NAMES = {
    "modalities": [
        "Modalities",
        "ModalityFlattener",
        "ModalityTransformer",
        "SignalArray",
        "make_modality_transformer",
    ],
    "montage": ["canonical_name", "channel_names", "grid_cells"],
    "discovery": ["all_estimators"],
}

FAMILIES = {
    "data": Family(
        "Data sets and recordings",
        "For readers who load recordings. After this page you know which function "
        "reads your files and returns a data set.",
        "The guides are :doc:`../datasets` and :doc:`../user_guide/own_data`.",
        {
            "The data set": [
                *("datasets._bunch", "datasets._join", "datasets._match_channels"),
            ],
            "Public data sets": [
                *("datasets._eegmat", "datasets._fetch", "datasets._deap"),
                *("datasets._mahnob_hci", "datasets._amigos", "datasets._dreamer"),
                *("datasets._seed", "datasets._seed_iv", "datasets._seed_v"),
                *("datasets._faced", "datasets._wesad", "datasets._case"),
                *("datasets._stress_predict", "datasets._afew_va"),
            ],
            "Files of headsets and wristbands": [
                *("datasets._e4", "datasets._e4_files"),
                *("datasets._headsets", "datasets._lsl"),
            ],
            "Generated recordings": [
                *("datasets._synthetic", "datasets.rehearsal._write"),
            ],
            "Checks and caches": ["datasets._check", "datasets._cache"],
            "Names and places of electrodes": ["montage"],
        },
    ),
    "modalities": Family(
        "Several signals at once",
        "For readers with more than one signal per sample. After this page you know "
        "what holds the signals and applies one transformer to each.",
        "The guide is :ref:`modalities`.",
        {"Modalities": ["modalities", "_described"]},
    ),
    "cleaning": Family(
        "Cleaning and windows",
        "For readers with raw signals. After this page you know which step filters, "
        "cleans and cuts them.",
        "The guide is :doc:`../user_guide/preprocessing`.",
        {
            "Filters": ["preprocessing._filters", "preprocessing._wavelet"],
            "Artifacts of the EEG": [
                *("preprocessing._quality", "preprocessing._rejecter"),
                "preprocessing._ica",
            ],
            "Baselines": ["preprocessing._baseline"],
            "Windows and sequences": [
                *("preprocessing._windows", "preprocessing._window_averager"),
                *("preprocessing._sequences", "preprocessing._lds"),
            ],
        },
    ),
    "features_eeg": Family(
        "Features of EEG",
        "For readers who turn EEG into features. After this page you know which "
        "class or function computes a feature of a paper.",
        "The guides are :doc:`../user_guide/features` and "
        ":doc:`../user_guide/eeg_descriptors`.",
        {
            "Differential entropy": ["features._spectral", "DE_BANDS"],
            "Band power": ["features._band_power", "POWER_BANDS"],
            "Grids and images of the scalp": [
                *("features._grid", "features._images", "IMAGE_BANDS"),
            ],
            "Connectivity": ["features._connectivity"],
            "Asymmetry of the hemispheres (DASM, RASM, DCAU)": ["features._asymmetry"],
            "Complexity": [
                *("features._hjorth", "features._entropy", "features._fractal"),
                "features._statistics",
            ],
        },
    ),
    "features_peripheral": Family(
        "Features of the heart, skin, breath and muscles",
        "For readers with peripheral signals. After this page you know which class "
        "measures your signal.",
        "Each signal has a guide: :doc:`../user_guide/features` (ECG), "
        ":doc:`../user_guide/pulse`, :doc:`../user_guide/eda`, "
        ":doc:`../user_guide/respiration` and :doc:`../user_guide/emg_eog`.",
        {
            "Electrocardiogram (ECG) and heart-rate variability (HRV)": [
                *("features._hrv", "features._r_peaks"),
            ],
            "Pulse waves (PPG, BVP)": ["features._pulse", "features._pulse_peaks"],
            "Skin conductance (EDA, GSR)": ["features._eda"],
            "Skin temperature": ["features._temperature"],
            "Respiration": ["features._respiration"],
            "Muscles (EMG) and eyes (EOG)": ["features._emg", "features._eog"],
        },
    ),
    "faces": Family(
        "Faces and video",
        "For readers with videos of faces, or with tables of OpenFace. After this "
        "page you know what reads frames, crops faces and computes features of the "
        "face.",
        "The guide is :doc:`../user_guide/faces`.",
        {
            "Frames of a video": [
                "preprocessing._video",
                "preprocessing._face_windows",
            ],
            "Crops of the face": [
                "preprocessing._faces",
                "preprocessing._face_alignment",
            ],
            "Features of the face": [
                *("features._face", "preprocessing._openface"),
                "preprocessing._action_units",
            ],
            "Pulse from the color of the face": ["features._remote_pulse"],
        },
    ),
    "systems": Family(
        "Systems of five papers",
        "For readers of one of the papers. After this page you know the classes of "
        "its networks and the function that builds its whole pipeline.",
        "Each paper has a page in the :doc:`../user_guide/index`, and a reading guide "
        "that maps it to the code: :doc:`../papers/index`.",
        {
            "3FACRNN (Du et al., 2024)": [
                *("models._three_fac_rnn", "models._three_fac_rnn_pipeline"),
                "models._visual",
            ],
            "DeepVANet (Zhang et al., 2021)": [
                *("models._deep_vanet", "models._deep_vanet_pipeline"),
                "models._visual_cnn",
            ],
            "Prior-driven DFCN and STFENet (Zheng et al., 2023)": [
                *("models._stfe_net", "models._prior_stfenet_pipeline"),
            ],
            "Hierarchical-attention LSTM (Wu et al., 2020)": [
                *("models._hierarchical_lstm", "models._hierarchical_lstm_pipeline"),
            ],
            "Modality-aware attention network (Woo et al., 2023)": [
                *("models._modality_attention", "models._modality_attention_pipeline"),
            ],
        },
    ),
    "networks": Family(
        "Other networks by paper",
        "For readers who compare a method with an established network. After this "
        "page you know which class implements its paper.",
        "The guide is :doc:`../user_guide/baselines`.",
        {
            "EEGNet (Lawhern et al., 2018)": ["baselines.networks._eegnet"],
            "TSception (Ding et al., 2023)": ["baselines.networks._tsception"],
            "ACRNN (Tao et al., 2023)": ["baselines.networks._acrnn"],
            "Dynamical graph CNN, DGCNN (Song et al., 2020)": [
                "baselines.networks._dgcnn"
            ],
            "GraphSleepNet (Jia et al., 2020)": ["baselines.networks._graph_sleep_net"],
            "4D-CRNN (Shen et al., 2020)": ["baselines.networks._four_d_crnn"],
            "Continuous CNN (Yang et al., 2018)": [
                "baselines.networks._continuous_cnn"
            ],
            "Multimodal residual LSTM, MMResLSTM (Ma et al., 2019)": [
                "baselines.networks._mm_res_lstm"
            ],
            "Emotion transformer fusion, ETF (Wang et al., 2021)": [
                "baselines.networks._etf"
            ],
            "Deep canonical correlation, DCCA (Andrew et al., 2013)": [
                "baselines.networks._deep_cca"
            ],
        },
    ),
    "classical": Family(
        "Classical models",
        "For readers who need a result in seconds, or something to compare a network "
        "with. After this page you know the pipelines without a network.",
        "The guide is :doc:`../user_guide/baselines`.",
        {
            "Support vector machines and linear models": [
                *("baselines.classical._svm", "baselines.classical._logistic"),
                "baselines.classical._ridge",
            ],
            "Riemannian geometry": [
                *(
                    "baselines.classical._riemann_pipeline",
                    "baselines.classical._riemann",
                ),
            ],
            "Peripheral signals and Fisher's criterion": [
                *("baselines.classical._peripheral", "baselines.classical._fisher"),
            ],
            "Several modalities: votes and kernels": [
                *("baselines.classical._voting", "baselines.classical._mkl"),
            ],
            "Votes of the windows of a trial": ["baselines.classical._trial_voting"],
        },
    ),
    "next_person": Family(
        "New people: alignment and target access",
        "For readers who want a model to work for people that it has never seen. "
        "After this page you know what aligns the recordings of different people, "
        "and what reports how much a method sees of the test person.",
        "The guide is :doc:`../user_guide/next_person`.",
        {
            "Standardization within a subject": ["preprocessing._standardize"],
            "Alignment of subjects": [
                *("preprocessing._alignment", "preprocessing._recentering"),
                "preprocessing._coral",
            ],
            "Target access and calibration": [
                *("model_selection._target_access", "evaluation._calibration"),
            ],
        },
    ),
    "model_selection": Family(
        "Splits, leaks and searches",
        "For readers who split data or search for settings. After this page you know "
        "the splitters, the report of leaks, and the tools that compute features "
        "once.",
        "The guide is :doc:`../user_guide/evaluation`.",
        {
            "Splits": ["model_selection._splitters", "model_selection._paper_protocol"],
            "Leaks": ["model_selection._leakage"],
            "Cross-validation and searches with features computed once": [
                *("model_selection._cross_validate", "model_selection._search"),
                *("model_selection._hoisting", "model_selection._pipeline"),
            ],
        },
    ),
    "evaluation": Family(
        "Comparison of models",
        "For readers who compare models on the same splits. After this page you know "
        "what runs the comparison, reads its results, and tests the differences.",
        "The guide is :doc:`../user_guide/evaluation`.",
        {
            "Running a comparison": [
                *("evaluation._compare", "evaluation._benchmark", "evaluation._gap"),
            ],
            "Reading the results": [
                *("evaluation.read._results", "evaluation.read._tables"),
                *("evaluation.read._conclusions", "evaluation.read._report"),
            ],
            "Statistics": ["evaluation.read._statistics"],
            "Scores": ["evaluation._metrics"],
        },
    ),
    "studies": Family(
        "Studies of papers",
        "For readers who reproduce the tables of a paper. After this page you know "
        "how to run a study, and the parts of a study of your own.",
        "The guides are :doc:`../user_guide/reproduce` and "
        ":doc:`../developers/add_a_study`.",
        {
            "Running a study": [
                *("studies._library", "studies._study", "studies._run"),
                "studies._teacher",
            ],
            "Parts of a study": ["studies._experiment", "studies._printed"],
        },
    ),
    "inspection": Family(
        "Figures and importance",
        "For readers who want to see signals, models and scores. After this page you "
        "know which display draws your figure.",
        "The guide is :doc:`../user_guide/inspection`.",
        {
            "Signals and data sets": ["inspection._signal", "inspection._dataset"],
            "What a network has learned": [
                *("inspection._attended_frames", "inspection._band_attention"),
                *("inspection._channel_prior", "inspection._feature_scatter"),
            ],
            "Importance of channels and modalities": ["inspection._permutation"],
            "Scores": [
                *("inspection._subject_scores", "inspection._confusion"),
                *("inspection._score_plots", "inspection._calibration_curve"),
            ],
        },
    ),
    "persistence": Family(
        "Saving and deployment",
        "For readers who use a fitted model in another program. After this page you "
        "know what saves, loads and exports it.",
        "The guide is :doc:`../user_guide/save_and_deploy`.",
        {"Files": ["persistence._file", "persistence._model", "persistence._onnx"]},
    ),
    "extending": Family(
        "Base classes and checks",
        "For readers who write an estimator of their own. After this page you know "
        "the classes to derive from, and how to check the result.",
        "The guide is :doc:`../developers/index`.",
        {
            "Base classes": [
                *("_base", "networks._classifier", "networks._regressor"),
                "networks._data",
            ],
            "Checks of estimators": ["utils._estimator_checks", "utils._matrix_view"],
            "List of all estimators": ["discovery"],
        },
    ),
}


def public_names():
    """Return the public names: each import path, with the module that defines it.

    A dictionary of frequency bands has no module, and stands for itself.
    """
    found = {}
    for room in ROOMS:
        module = import_module(f"sklearn_emotion.{room}")
        for name in MODULE_NAMES.get(room) or module.__all__:
            value = getattr(module, name)
            home = getattr(value, "__module__", f"sklearn_emotion.{name}")
            found.setdefault(name, (qualified(room, name), home.partition(".")[2]))
    return dict(found.values())


def qualified(room, name):
    """Return the shortest path that a name is imported from."""
    top = name in sklearn_emotion.__all__
    return f"sklearn_emotion.{name}" if top else f"sklearn_emotion.{room}.{name}"


def families():
    """Return the names of each group of each family.

    Returns
    -------
    names : dict of str to dict of str to list of str
        Import paths of the names of each group, by page.

    Raises
    ------
    ValueError
        If a public name belongs to no group.
    """
    homes = public_names()
    names = {
        page: {
            group: [path for part in parts for path in homes if homes[path] == part]
            for group, parts in family.groups.items()
        }
        for page, family in FAMILIES.items()
    }
    placed = {
        p for groups in names.values() for paths in groups.values() for p in paths
    }
    if lost := sorted(set(homes) - placed):
        modules = sorted({homes[path] for path in lost})
        msg = (
            f"The API reference has no page for {lost}. Add the modules {modules} to a "
            f"group in docs/api_pages.py."
        )
        raise ValueError(msg)
    return names


def guides_of(docs):
    """Return the pages of the documentation that link to or import each public name.

    Parameters
    ----------
    docs : Path
        Folder of the documentation.

    Returns
    -------
    guides : dict of str to list of str
        Names of pages, by import path. The guides of the name's family come first, then
        the other pages of the user guide, and pages with more links to the name.
    """
    own = {
        path: re.findall(r":doc:`\.\./([\w/]+)`", FAMILIES[page].guides)
        for page, groups in families().items()
        for paths in groups.values()
        for path in paths
    }
    counts = {path: {} for path in public_names()}
    for folder in (".", "user_guide", "papers", "developers"):
        for page in sorted(docs.glob(f"{folder}/*.rst")):
            if page.stem == "versions":  # It names what changed, and is no guide.
                continue
            text = page.read_text(encoding="utf-8")
            imports = re.findall(r">>> from (sklearn_emotion[\w.]*) import (.*)", text)
            imported = [f"{m}.{n.strip()}" for m, ns in imports for n in ns.split(",")]
            linked = re.findall(r":(?:class|func|exc):`~?([\w.]+)`", text)
            for path in [*linked, *imported]:
                if path in counts:
                    name = page.relative_to(docs).with_suffix("").as_posix()
                    counts[path][name] = counts[path].get(name, 0) + 1
    return {
        path: sorted(
            found,
            key=lambda p: (p in own[path], p.startswith("user_guide"), found[p]),
            reverse=True,
        )
        for path, found in counts.items()
        if found
    }


def write_api_pages(folder):
    """Write the index of the reference and the page of each family."""
    folder.mkdir(exist_ok=True)
    pages = {"index": index_page()}
    for page, groups in families().items():
        pages[page] = family_page(FAMILIES[page], groups)
    for page in folder.glob("*.rst"):
        if page.stem not in pages:
            page.unlink()
    for page, text in pages.items():
        path = folder / f"{page}.rst"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def index_page():
    """Return the page that lists the families."""
    lines = [
        *heading("API reference", "="),
        "*For readers who look for the name of a class or a function. After this page",
        "you know which page lists the names for your signal, paper or task.*",
        *("", ".. toctree::", "   :hidden:", ""),
        *(f"   {page}" for page in FAMILIES),
        "",
    ]
    for page, family in FAMILIES.items():
        groups = ", ".join(family.groups)
        lines += [f":doc:`{page}`", f"    {groups}.", ""]
    return "\n".join(lines)


def family_page(family, groups):
    """Return the page of one family, with a table of names for each group."""
    lines = [*heading(family.title, "="), f"*{family.purpose}*", "", family.guides, ""]
    for group, paths in groups.items():
        lines += heading(group, "-")
        bands = [path for path in paths if isinstance(value_of(path), dict)]
        lines += [".. autosummary::", "   :toctree: generated", "   :nosignatures:", ""]
        lines += [*(f"   ~{path}" for path in paths if path not in bands), ""]
        for path in bands:
            lines += described_bands(path, value_of(path))
    return "\n".join(lines)


def heading(title, character):
    """Return the lines of a title."""
    return [title, character * len(title), ""]


def value_of(path):
    """Return the object that an import path names."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def described_bands(path, bands):
    """Return the lines that describe a dictionary of frequency bands."""
    edges = ", ".join(
        f"{band} {low:g} to {high:g}" for band, (low, high) in bands.items()
    )
    return [f".. py:data:: {path}", "", f"   Frequency bands in Hz: {edges}.", ""]
