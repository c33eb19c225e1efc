"""DeepVANet (Zhang, Hossain & Rahman, 2021): faces and biosignals of 1 s."""

from sklearn_emotion.studies import _figures as figures
from sklearn_emotion.studies._experiment import NOT_HERE, Experiment, Figure, Row
from sklearn_emotion.studies._loading import filmed_subjects
from sklearn_emotion.studies._printed import Column, Printed, split_cells
from sklearn_emotion.studies._study import Study

DEAP, MAHNOB = "deap", "mahnob-hci"
# Rate in Hz to which the loaders resample the signals.
RATE = 128.0
COLUMNS = tuple(
    Column(dataset, target, "accuracy", f"{label}, {target}")
    for dataset, label in ((DEAP, "DEAP"), (MAHNOB, "MAHNOB"))
    for target in ("valence", "arousal")
)
INTER, PER = "inter-subject", "per-subject"
PROTOCOLS = {INTER: "deepvanet-inter-subject", PER: "deepvanet-per-subject"}
# The paper prints valence at the left and arousal at the right.
TABLE_2 = """
Siddharth et al. [28], inter-subject|79.52|78.34|85.49|82.93
Tang et al. [30], inter-subject|83.82|83.23|-|-
Soleymani et al. [29], inter-subject|-|-|57.00|52.40
Wiem and Lachiri [33], inter-subject|-|-|68.75|64.23
This work, inter-subject|95.56|95.33|96.82|97.79
Keoltra et al. [17], per-subject|62.70|62.00|-|-
Keolstra et al. [18], per-subject|-|-|74.00|70.00
Huang et al. [12], per-subject|80.30|74.23|75.21|75.63
Liu et al. [22], per-subject|85.20|80.50|-|-
Alhagry et al. [1], per-subject|85.65|85.45|-|-
Yang et al. [36], per-subject|90.80|91.03|-|-
Anubhav et al. [2], per-subject|94.69|93.13|-|-
This work, per-subject|98.56|98.18|99.19|99.22
"""
MISSING = {
    "Alhagry et al. [1], per-subject": f"{NOT_HERE} Its own abstract gives the two "
    "numbers in the other order.",
    "Wiem and Lachiri [33], inter-subject": f"{NOT_HERE} Its own abstract uses "
    "peripheral signals only.",
}
# Modalities of the loaders that the input sets of Figure 2 consist of.
INPUTS = {
    "Face": ("face",),
    "EEG": ("eeg",),
    "Peripheral": ("peripheral",),
    "EEG + Peripheral": ("eeg", "peripheral"),
    "Face + EEG": ("face", "eeg"),
    "Face + Peripheral": ("face", "peripheral"),
    "Face + EEG + Peripheral": ("face", "eeg", "peripheral"),
}


def reference_and_filter():
    """Return the steps that the recordings of DEAP have already undergone."""
    from sklearn.pipeline import make_pipeline

    from sklearn_emotion.preprocessing import AverageReference, BandpassFilter

    return make_pipeline(
        AverageReference(), BandpassFilter(sfreq=RATE, low=4.0, high=45.0)
    )


def load(name):
    """Return a function that loads windows of 1 s with faces of 64 x 64 pixels."""

    def load(data_home, **options):
        from sklearn_emotion import datasets

        loader = {DEAP: "load_deap", MAHNOB: "load_mahnob_hci"}[name]
        if name == DEAP:
            own = {"subjects": filmed_subjects(data_home)}
        else:
            own = {"preprocess": {"eeg": reference_and_filter()}}
        return getattr(datasets, loader)(
            data_home,
            **{
                "modalities": ("eeg", "peripheral", "face"),
                "window": 1.0,
                "baseline": "template",
                "face_rate": 5.0,
                "face_size": 64,
            }
            | own
            | options,
        )

    return load


def network(modalities, protocol, fusion="feature"):
    """Return a row of DeepVANet on some modalities."""

    def build(context):
        from sklearn_emotion.models import DeepVANet, make_deep_vanet

        return make_deep_vanet(
            sfreq=context.sfreq,
            modalities=modalities,
            fusion=fusion,
            **context.params(DeepVANet, quick_epochs=2),
        ), modalities

    return Row(build, protocol=protocol)


def _table_rows():
    rows = {}
    for name in split_cells(TABLE_2):
        method, _, unit = name.rpartition(", ")
        if method == "This work":
            rows[name] = network(INPUTS["Face + EEG + Peripheral"], PROTOCOLS[unit])
        else:
            rows[name] = Row(
                missing=MISSING.get(name, NOT_HERE), protocol=PROTOCOLS[unit]
            )
    return rows


def _input_rows():
    """Return the rows of Figure 2: 4 inputs of one branch, and 3 with two fusions."""
    rows = {}
    for name, modalities in INPUTS.items():
        both = "face" in modalities and len(modalities) > 1
        for fusion in ("feature", "decision") if both else ("feature",):
            row = f"{name}, {fusion}-level" if both else name
            rows[row] = network(modalities, PROTOCOLS[PER], fusion)
    return rows


EXPERIMENTS = {
    "table 2": Experiment(
        "Accuracy with folds over the segments of all subjects and of each subject",
        protocol=PROTOCOLS[PER],
        rows=_table_rows(),
        scores=("accuracy",),
        datasets=(DEAP, MAHNOB),
        printed=Printed("Table 2, Section 3.1", COLUMNS, split_cells(TABLE_2)),
        targets=("valence", "arousal"),
        notes=(
            "The experiment that the paper calls inter-subject divides the segments of "
            "all subjects, so that each test subject is also a training subject.",
            "The printed numbers of other methods are quoted by the paper.",
        ),
    ),
    "figure 2": Experiment(
        "Ablation of the modalities and of the fusion",
        protocol=PROTOCOLS[PER],
        rows=_input_rows(),
        scores=("accuracy",),
        datasets=(DEAP,),
        targets=("valence", "arousal"),
        notes=("The paper shows bars and prints no numbers.",),
    ),
}
FIGURES = {
    "figure 2": Figure(
        "Accuracy of each set of modalities", figures.ablation_bars, ("figure 2",)
    ),
    "figure 3": Figure(
        "Features of the face, of the biosignals and of both, by t-SNE",
        figures.branch_features,
        ("table 2",),
        fits=("This work, per-subject",),
    ),
}

STUDY = Study(
    name="deepvanet",
    title="DeepVANet: A Deep End-to-End Network for Multi-modal Emotion Recognition",
    reference="Y. Zhang, M. Z. Hossain and S. Rahman, INTERACT 2021",
    loaders={DEAP: load(DEAP), MAHNOB: load(MAHNOB)},
    experiments=EXPERIMENTS,
    figures=FIGURES,
    side=">=",
    notes=(
        "The authors' code reports the best epoch on the test data. Here the last "
        "epoch counts.",
        "The EEG is referenced to the mean of its channels and filtered from 4 to 45 "
        "Hz before it is cut, as in the paper. The paper also removes artifacts with "
        "EEGLAB. Here no artifacts are removed.",
        "The means are over subjects, also where the paper averages over folds.",
    ),
)
