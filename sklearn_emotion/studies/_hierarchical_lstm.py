"""Hierarchical LSTM with attention for face video and EEG (Wu et al., 2020)."""

from sklearn_emotion.studies import _figures as figures
from sklearn_emotion.studies._experiment import NOT_HERE, Experiment, Figure, Row
from sklearn_emotion.studies._loading import filmed_subjects
from sklearn_emotion.studies._printed import Column, Printed
from sklearn_emotion.studies._study import Study

DEAP = "deap"
PAPER = {
    "protocol": "hierarchical-lstm",
    "datasets": (DEAP,),
}
STACKED = "3 layers, stacked"
PICTURE = "The paper shows a picture and prints no numbers."
LAYERS = (1, 2, 3, 4, 5)


def load(data_home, **options):
    """Load samples of 5 s with 40 frames of the face."""
    from sklearn_emotion.datasets import load_deap

    return load_deap(
        data_home,
        **{
            "modalities": ("eeg", "face"),
            "subjects": filmed_subjects(data_home),
            "window": 5.0,
            "baseline": "modality",
            "face_rate": 8.0,
        }
        | options,
    )


def network(*, baseline=None, **switches):
    """Return a row of the network, with or without removal of the baseline."""

    def build(context):
        from sklearn_emotion.models import (
            HierarchicalAttentionLSTM,
            make_hierarchical_lstm,
        )

        params = context.params(HierarchicalAttentionLSTM, quick_epochs=2)
        return make_hierarchical_lstm(
            sfreq=context.sfreq,
            ch_names=context.ch_names["eeg"],
            baseline=baseline,
            **params | switches,
        ), ("eeg", "baseline", "face") if baseline else ("eeg", "face")

    return Row(build)


def _name(n_layers):
    return f"{n_layers} layer{'s' if n_layers > 1 else ''}"


EXPERIMENTS = {
    "figure 5": Experiment(
        "Number of layers, without attention over layers",
        rows={
            _name(n): network(n_layers=n, hierarchical_attention=False) for n in LAYERS
        },
        scores=("accuracy", "f1"),
        notes=(PICTURE,),
        **PAPER,
    ),
    "figure 6": Experiment(
        "Attention over layers",
        rows={
            f"{_name(n)}, {kind}": network(n_layers=n, hierarchical_attention=attention)
            for kind, attention in (("stacked", False), ("attention", True))
            for n in LAYERS
        },
        scores=("accuracy", "f1"),
        printed=Printed(
            "Text of Section V.D",
            (Column(DEAP, None, "accuracy", "classification rate"),),
            {STACKED: ("85.9",)},
        ),
        notes=(
            "The text states 85.9 % for the stacked LSTM, and neither the rating nor "
            "the number of layers. Three layers are an assumption.",
        ),
        **PAPER,
    ),
    "figure 7": Experiment(
        "Penalty of the attention",
        rows={"with penalty": network(), "without penalty": network(penalty=0.0)},
        scores=("accuracy", "f1"),
        notes=(PICTURE,),
        **PAPER,
    ),
    "figure 8": Experiment(
        "Comparison with other methods, with and without removal of the baseline",
        rows={
            "Ref [20]": Row(missing=NOT_HERE),
            "Ref [21]": Row(missing=NOT_HERE),
            "Ref [22]": Row(missing=NOT_HERE),
            "Proposed, with baseline removal": network(baseline="signal"),
            "Proposed, without baseline removal": network(),
        },
        scores=("accuracy", "f1"),
        notes=(
            "Figure 9 shows the F1 score of the same methods. The text states that the "
            "proposed model is better by at least 2 % and 0.015.",
        ),
        **PAPER,
    ),
}
FIGURES = {
    "figure 5": Figure(
        "Accuracy over the number of layers", figures.layer_curves, ("figure 5",)
    ),
    "figure 6": Figure(
        "Accuracy with and without attention", figures.layer_curves, ("figure 6",)
    ),
    "figure 7": Figure(
        "Accuracy with and without the penalty", figures.ablation_bars, ("figure 7",)
    ),
    "figure 8": Figure("Accuracy of each method", figures.ablation_bars, ("figure 8",)),
}

STUDY = Study(
    name="hierarchical-lstm",
    title="Multimodal Fused Emotion Recognition About Expression-EEG Interaction and "
    "Collaboration Using Deep Learning",
    reference="D. Wu, J. Zhang and Q. Zhao, IEEE Access 8, 2020",
    loaders={DEAP: load},
    experiments=EXPERIMENTS,
    figures=FIGURES,
    notes=(
        "The paper divides its samples 5:1:1 and does not state whether a sample is a "
        "segment or a trial. Pooled segments are an assumption.",
        "The paper encodes faces of 227 x 227 pixels with a detector network. Here a "
        "small network encodes faces of 64 x 64 pixels.",
    ),
)
