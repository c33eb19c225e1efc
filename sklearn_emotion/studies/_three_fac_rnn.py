"""3FACRNN (Du et al., 2024): EEG on a map of the scalp, taught by faces."""

from sklearn_emotion.studies import _figures as figures
from sklearn_emotion.studies._experiment import NOT_HERE, Experiment, Figure, Row
from sklearn_emotion.studies._loading import filmed_subjects
from sklearn_emotion.studies._printed import Column, Printed, split_cells
from sklearn_emotion.studies._study import Study

DEAP, MAHNOB = "deap", "mahnob-hci"
COLUMNS = tuple(
    Column(dataset, target.lower(), "accuracy", f"{label}, {target}")
    for dataset, label in ((DEAP, "DEAP"), (MAHNOB, "MAHNOB-HCI"))
    for target in ("Arousal", "Valence")
)
WHOLE = "96.75±1.75|96.86±1.33|97.55±1.51|98.37±1.07"
TABLE_2 = """
Accuracy|96.75|96.86|97.55|98.37
Precision|97.57|97.95|98.89|99.13
Recall|94.66|94.79|96.42|97.26
F1 score|96.09|96.34|97.38|97.33
"""
# The paper prints the deviation 2.37 of the third row as "0.2.37".
TABLE_3 = f"""
With all attention|{WHOLE}
With only Frequency Band-attention|92.61±3.91|93.59±3.55|93.61±3.91|93.59±3.65
With only Self-attention|94.84±2.61|94.35±2.89|94.22±2.37|94.15±2.46
W/O any attention|90.11±3.58|89.43±4.49|88.53±3.74|91.18±4.66
"""
TABLE_4 = f"""
With 3D-feature structure|{WHOLE}
With raw EEG signals|94.22±3.12|93.80±2.69|93.99±2.57|93.74±2.32
"""
TABLE_5 = f"""
With visual feature|{WHOLE}
W/O visual feature|93.47±3.01|93.18±3.83|92.46±3.36|94.54±3.02
"""
TABLE_6 = f"""
DBN|60.9|51.2|-|-
M-CLASS|-|-|66.5|71.5
GCNN|87.72±3.32|88.24±3.18|-|-
Conti-CNN|81.55±6.55|82.77±4.47|-|-
CRAM|84.46±9.27|87.09±7.49|-|-
Multi-CNN|-|-|74.17|75.21
CNN-LSTM|93.26|93.64|-|-
4D-CRNN|94.58±3.69|94.22±2.61|-|-
CSDNN|92.86|89.49|-|-
MDBN|87.32|83.69|-|-
MA-attention|-|-|70.25|73.27
DCNN|92.92|92.24|-|-
SFENet|91.94|92.49|-|-
GCN-LSTM|90.60|90.45|-|-
Deep learning|-|-|80.42|80.77
HC-MFB|-|-|90.37|90.50
CADD-DCCNN|92.42|90.97|-|-
TR&CA|95.58±2.28|95.18±2.46|-|-
3FACRNN|{WHOLE}
"""
SCORES = {
    "Accuracy": "accuracy",
    "Precision": "precision",
    "Recall": "sensitivity",
    "F1 score": "f1",
}
UNLIKELY = f"{NOT_HERE} The paper that the table cites "
OTHERS = {
    "CRAM": UNLIKELY + "reports movement intentions, not DEAP.",
    "MDBN": UNLIKELY + "reports BioVid, not DEAP.",
}


PAPER = {"protocol": "3facrnn", "datasets": (DEAP, MAHNOB)}
TEACHER = (
    "Without a pre-trained teacher (--teacher), the teacher is trained on the faces of "
    "the training samples of each fold. The paper trains it on AFEW-VA."
)


def load(name):
    """Return a function that loads windows of 2 s with faces of 48 x 48 pixels."""

    def load(data_home, **options):
        from sklearn_emotion import datasets

        if name == DEAP:
            own = {"subjects": filmed_subjects(data_home)}
        else:
            own = {"duration": 30.0}
        loader = {DEAP: "load_deap", MAHNOB: "load_mahnob_hci"}[name]
        return getattr(datasets, loader)(
            data_home,
            **{
                "modalities": ("eeg", "face"),
                "window": 2.0,
                "baseline": "modality",
                "face_size": 48,
            }
            | own
            | options,
        )

    return load


def _printed(number, text, place, **options):
    source = f"Table {number}, Section {place}"
    return Printed(source, COLUMNS, split_cells(text), **options)


def network(*, visual=True, raw=False, **switches):
    """Return a row of 3FACRNN, with or without the teacher or with raw EEG."""

    def build(context):
        from sklearn_emotion.models import (
            ThreeFACRNN,
            VisualCNNTCN,
            make_three_fac_rnn,
        )

        # Raw EEG has a map for each time point, so that an epoch takes long.
        params = context.params(ThreeFACRNN, quick_epochs=1 if raw else 3) | switches
        teacher = None
        if visual:
            teacher = context.teacher
            if teacher is None:
                teacher = VisualCNNTCN(**context.params(VisualCNNTCN, quick_epochs=1))
        return make_three_fac_rnn(
            sfreq=context.sfreq["eeg"],
            ch_names=context.ch_names["eeg"],
            baseline="signal",
            teacher=teacher,
            **({"raw": True} if raw else {}),
            **params,
        ), ("eeg", "baseline", "face") if visual else ("eeg", "baseline")

    return Row(build)


def _on_entropy(name, quick_epochs, *, window=None, on_grid=True):
    """Return a row of another network, on the differential entropy of the EEG."""

    def build(context):
        from sklearn.pipeline import make_pipeline

        import sklearn_emotion
        from sklearn_emotion import DifferentialEntropy, GridProjector9x9

        steps = [DifferentialEntropy(sfreq=context.sfreq["eeg"], window=window)]
        if on_grid:
            steps.append(GridProjector9x9(context.ch_names["eeg"]))
        cls = getattr(sklearn_emotion, name)
        return make_pipeline(*steps, cls(**context.epochs(quick_epochs))), "eeg"

    return Row(build)


EXISTING = {
    "GCNN": _on_entropy("DGCNN", 10, on_grid=False),
    "Conti-CNN": _on_entropy("ContinuousCNN", 3),
    "4D-CRNN": _on_entropy("FourDCRNN", 3, window=0.5),
    "3FACRNN": network(),
}
METHODS = split_cells(TABLE_6)
EXPERIMENTS = {
    "table 2": Experiment(
        "Accuracy, precision, recall and F1 of 3FACRNN",
        rows={"3FACRNN": network()},
        scores=("accuracy", "precision", "sensitivity", "f1"),
        printed=_printed(2, TABLE_2, "3.2", scores=SCORES),
        notes=(TEACHER,),
        **PAPER,
    ),
    "table 3": Experiment(
        "Ablation of the attention modules",
        rows={
            "With all attention": network(),
            "With only Frequency Band-attention": network(self_attention=False),
            "With only Self-attention": network(band_attention=False),
            "W/O any attention": network(self_attention=False, band_attention=False),
        },
        scores=("accuracy",),
        printed=_printed(3, TABLE_3, "3.3"),
        notes=(TEACHER,),
        **PAPER,
    ),
    "table 4": Experiment(
        "Raw EEG in place of the features",
        rows={
            "With 3D-feature structure": network(),
            "With raw EEG signals": network(raw=True),
        },
        scores=("accuracy",),
        printed=_printed(4, TABLE_4, "3.3"),
        notes=(TEACHER,),
        **PAPER,
    ),
    "table 5": Experiment(
        "With and without the visual teacher",
        rows={
            "With visual feature": network(),
            "W/O visual feature": network(visual=False),
        },
        scores=("accuracy",),
        printed=_printed(5, TABLE_5, "3.3"),
        notes=(TEACHER,),
        **PAPER,
    ),
    "table 6": Experiment(
        "Comparison with other methods",
        rows={
            name: EXISTING.get(name, Row(missing=OTHERS.get(name, NOT_HERE)))
            for name in METHODS
        },
        scores=("accuracy",),
        printed=_printed(6, TABLE_6, "3.5"),
        notes=(
            TEACHER,
            "The printed numbers of other methods are quoted by the paper. Each of "
            "them belongs to a split of its own.",
        ),
        **PAPER,
    ),
}
FIGURES = {
    "figure 5": Figure(
        "Accuracy of each subject", figures.subject_bars, ("table 2", "table 3")
    ),
    "figure 6": Figure(
        "Confusion matrices", figures.confusion_matrices, ("table 2", "table 3")
    ),
    "figure 7": Figure(
        "Mean weight of each band",
        figures.band_weights,
        ("table 2",),
        fits=("3FACRNN",),
    ),
}

STUDY = Study(
    name="3facrnn",
    title="Attention-based 3D convolutional recurrent neural network model for "
    "multimodal emotion recognition",
    reference="Y. Du, P. Li, L. Cheng, X. Zhang, M. Li and F. Li, Frontiers in "
    "Neuroscience 17:1330077, 2024",
    loaders={DEAP: load(DEAP), MAHNOB: load(MAHNOB)},
    experiments=EXPERIMENTS,
    figures=FIGURES,
    notes=(
        "The paper chose its hyper-parameters on the test set. Here they are fixed.",
        "The paper does not state whether its folds consist of segments or of trials. "
        "Folds of segments are an assumption.",
        "A sample lasts 2 s and has four windows of 0.5 s, also for MAHNOB-HCI, where "
        "the samples of the paper last 0.5 s.",
    ),
)
