"""Modality-aware attention network for EEG and ECG (Woo et al., 2023)."""

from sklearn_emotion.studies import _figures as figures
from sklearn_emotion.studies._experiment import Experiment, Figure, Row
from sklearn_emotion.studies._printed import Column, Printed, split_cells
from sklearn_emotion.studies._study import Study

AMIGOS = "amigos"
COLUMNS = tuple(
    Column(AMIGOS, target.lower(), score, f"{target}, {label}")
    for target in ("Arousal", "Valence")
    for score, label in (
        ("accuracy", "ACC"),
        ("balanced_accuracy", "SEN & SPE"),
        ("precision", "PPR"),
    )
)
BASE, PROPOSED = "(a-1) Basic model", "(b-1) Proposed model"
TABLE_1 = f"""
{BASE}|81.55|80.28|80.66|85.85|80.28|85.51
{PROPOSED}|91.68|90.91|91.5|93.69|93.64|93.67
"""


def load(data_home, **options):
    """Load samples of 10 s with EEG and ECG."""
    from sklearn_emotion.datasets import load_amigos

    own = {"modalities": ("eeg", "ecg"), "window": 10.0}
    return load_amigos(data_home, **own | options)


def network(**switches):
    """Return a row of the network."""

    def build(context):
        from sklearn_emotion.models import (
            ModalityAwareAttentionNet,
            make_modality_attention,
        )

        params = context.params(ModalityAwareAttentionNet, quick_epochs=5)
        return make_modality_attention(
            sfreq=context.sfreq,
            ch_names=context.ch_names["eeg"],
            **params | switches,
        ), ("eeg", "ecg")

    return Row(build)


STUDY = Study(
    name="modality-attention",
    title="Deep Multimodal Emotion Recognition using Modality Aware Attention Network "
    "for Unifying Representations in Neural Models",
    reference="S. Woo, M. Zubair, S. Lim and D. Kim, NeurIPS 2023 workshop",
    loaders={AMIGOS: load},
    experiments={
        "table 1": Experiment(
            "Network without and with attention between modalities",
            protocol="modality-attention",
            rows={BASE: network(modality_attention=False), PROPOSED: network()},
            scores=("accuracy", "balanced_accuracy", "precision"),
            datasets=(AMIGOS,),
            printed=Printed("Table 1, Section 4.1", COLUMNS, split_cells(TABLE_1)),
            notes=(
                "The paper prints one number for sensitivity and specificity. It is "
                "compared with their mean, the balanced accuracy.",
            ),
        )
    },
    figures={
        "figure 2": Figure(
            "Features of both fits in the test set, by t-SNE",
            figures.two_fits,
            ("table 1",),
            fits=(BASE, PROPOSED),
        )
    },
    notes=(
        "The paper states neither the unit of its 10 folds nor how subjects are "
        "pooled. Folds of the segments of all subjects are an assumption.",
        "The paper states no optimizer, learning rate, number of epochs or threshold. "
        "The defaults of the library and the threshold 5 are used.",
    ),
)
