"""
Save a model, and export it to ONNX
===================================

For readers who want to use a trained model in another program. After this example you
can save a pipeline without pickles, load it, and export its network to a file that runs
without Python.
"""

# %%
# Train a network
# ---------------
import json
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
from sklearn.pipeline import make_pipeline

from sklearn_emotion import (
    DGCNN,
    DifferentialEntropy,
    export_onnx,
    load_model,
    save_model,
)
from sklearn_emotion.datasets import make_emotion

dataset = make_emotion(
    n_subjects=10, n_trials=10, duration=4.0, window=2.0, effect="small", random_state=0
)
X = dataset.data["eeg"]
y = np.where(dataset.target("valence"), "high", "low")
new = dataset.groups("subject") >= 6
model = make_pipeline(DifferentialEntropy(), DGCNN(max_epochs=10, random_state=0))
model.fit(X[~new], y[~new])
print(f"accuracy for four new people: {model.score(X[new], y[new]):.2f}")

# %%
# Save and load the pipeline
# --------------------------
# The file contains no code, and a checksum finds damaged files. The loaded pipeline
# predicts the same probabilities.
folder = tempfile.TemporaryDirectory()
path = Path(folder.name)
save_model(model, path / "model.zip")
loaded = load_model(path / "model.zip")
expected = model.predict_proba(X[new])
print("same probabilities:", np.array_equal(loaded.predict_proba(X[new]), expected))

# %%
# Export the network
# ------------------
# The graph contains the network and the scaling of its input, but not the steps before
# it. The other program has to compute the differential entropy.
export_onnx(model[-1], path / "dgcnn.onnx")
session = onnxruntime.InferenceSession(path / "dgcnn.onnx")
features = model[:-1].transform(X[new]).astype(np.float32)
(exported,) = session.run(None, {"eeg": features})
classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
print("classes:", classes)

# %%
# Compare the three
# -----------------
fig, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.4), layout="constrained")
for name, color in (("low", "C0"), ("high", "C1")):
    these = y[new] == name
    left.plot(
        expected[these, 0], exported[these, 0], "o", color=color, ms=4, label=name
    )
left.plot([0, 1], [0, 1], color="0.6", lw=1, zorder=0)
left.set(xlabel=f"P({classes[0]}) of the network", ylabel="P of the ONNX graph")
left.set_title("Probabilities of new samples")
left.legend(title="valence", fontsize="small")
sizes = {p.name: p.stat().st_size / 1024 for p in sorted(path.iterdir())}
bars = right.barh(list(sizes), list(sizes.values()), color="0.6")
right.bar_label(bars, fmt="%.0f kB", padding=3)
right.set(xlabel="size (kB)", xlim=(0, 1.25 * max(sizes.values())), title="Files")
plt.show()
folder.cleanup()

# %%
# The largest difference between the network and the graph:
f"{np.abs(exported - expected).max():.1e}"
