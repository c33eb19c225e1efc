"""A small study on generated data, and a single row of a published one."""

from dataclasses import replace

import numpy as np
from sklearn.dummy import DummyClassifier

from sklearn_emotion import make_logistic
from sklearn_emotion.datasets import EmotionDataset, make_emotion
from sklearn_emotion.studies import Study, _figures as figures
from sklearn_emotion.studies._experiment import Experiment, Figure, Row
from sklearn_emotion.studies._printed import Column, Printed


def logistic(context):
    return make_logistic(sfreq=context.sfreq["eeg"]), "eeg"


def majority(context):
    return DummyClassifier(strategy="stratified", random_state=0), "eeg"


def load(data_home, *, subjects=range(4), **options):
    dataset = make_emotion(
        n_subjects=4, n_trials=6, window=2.5, effect="none", random_state=0
    )
    return dataset.select(dataset.metadata["subject"].isin(subjects).to_numpy())


def make_study(**options):
    rows = {
        "Logistic & co": Row(logistic),
        "Pooled": Row(majority, protocol="deepvanet-inter-subject"),
        "Other": Row(missing="It is not <here>."),
    }
    columns = (
        Column("toy", "valence", "accuracy", "Valence"),
        Column("toy", "arousal", "accuracy", "Arousal"),
        Column("elsewhere", "arousal", "accuracy", "Elsewhere"),
    )
    values = {
        "Logistic & co": ("91.5±1.25", "92.5", "99"),
        "Pooled": ("-", "88", "98"),
        "Other": ("77.125", "-", "97"),
    }
    experiment = Experiment(
        "A toy",
        protocol="deepvanet-per-subject",
        rows=rows,
        scores=("accuracy",),
        datasets=("toy",),
        printed=Printed("Table 1, page 2", columns, values),
        targets=("valence", "arousal"),
        notes=("A note about a < b.",),
    )
    drawn = {
        "figure 1": Figure("Subjects", figures.subject_bars, ("table 1",)),
        "figure 2": Figure("Confusion", figures.confusion_matrices, ("table 1",)),
        "figure 3": Figure("Bars", figures.ablation_bars, ("table 1",)),
    }
    return Study(
        name="toy",
        title="A title",
        reference="Somebody 2020",
        loaders={"toy": load},
        experiments={"table 1": experiment},
        figures=drawn,
        **options,
    )


def make_recordings(
    name, modalities, *, window, face_size=64, face_rate=5.0, **options
):
    """Return a few generated samples as a study loads them, with a baseline of 1 s."""
    simulated = [m for m in modalities if m not in ("baseline", "peripheral")]
    dataset = make_emotion(
        **{
            "n_subjects": 3,
            "n_trials": 4,
            "duration": 2 * window,
            "window": window,
            "modalities": simulated,
            "face_size": face_size,
            "face_sfreq": face_rate,
            "random_state": 0,
        }
        | options
    )
    data = {name: dataset.data[name] for name in simulated}
    sfreq = {name: dataset.sfreq[name] for name in simulated}
    eeg = data["eeg"]
    if "baseline" in modalities:
        data["baseline"], sfreq["baseline"] = eeg[..., :128] * 0.1, sfreq["eeg"]
    if "peripheral" in modalities:
        data["peripheral"] = np.repeat(eeg[:, :2], 4, axis=1)
        sfreq["peripheral"] = sfreq["eeg"]
    recordings = EmotionDataset(
        data=data,
        metadata=dataset.metadata,
        sfreq=sfreq,
        ch_names={"eeg": dataset.ch_names["eeg"]},
        generated=True,
    )
    recordings["name"] = name
    return recordings


def with_training(study, table, name, training):
    """Return the study with one row only, whose network is trained as stated."""
    experiment = study.experiment(table)
    row = experiment.rows[name]

    def build(context):
        estimator, modalities = row.build(context)
        params = {f"network__{key}": value for key, value in training.items()}
        return estimator.set_params(**params), modalities

    rows = {name: replace(row, build=build)}
    return replace(study, experiments={table: replace(experiment, rows=rows)})
