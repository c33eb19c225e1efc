"""A fitted network as one module, from the arrays of the user to the prediction."""

import copy
from math import prod

import numpy as np
import torch
from torch import nn

from sklearn_emotion.networks._data import as_float

# Number of samples that are passed through the network while it is exported. With one
# sample, the exporter would take the size of the batch for a constant.
_N_SAMPLES = 3


class PredictionGraph(nn.Module):
    """Scaling, module and softmax of a fitted network, or its rescaled ratings.

    The inputs are the arrays that the network receives, in the order of its
    ``input_shapes_``. The output contains class probabilities or ratings.
    """

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.keys = list(network.input_shapes_)
        self.is_padded = {key: x.padding for key, x in network._inputs().items()}
        for key, (mean, scale) in network.scales_.items():
            i = self.keys.index(key)
            self.register_buffer(f"input_mean_{i}", torch.as_tensor(mean))
            self.register_buffer(f"input_scale_{i}", torch.as_tensor(scale))
        self.module = copy.deepcopy(network.net_.module_).cpu()
        for part in self.module.modules():
            # A module may have parts that a graph cannot represent.
            if hasattr(part, "prepare_export"):
                part.prepare_export()
        self.eval()

    def scaled(self, i, key, x):
        """Return an input as the module receives it."""
        z = self._scaled(i, key, x)
        if self.network.missing == "mask":
            z = torch.where(z.isnan(), 0.0, z)
        return z

    def _scaled(self, i, key, x):
        if key not in self.network.scales_:
            return as_float(x)
        z = (x - getattr(self, f"input_mean_{i}")) / getattr(self, f"input_scale_{i}")
        return torch.where(x != 0, z, 0.0) if self.is_padded[key] else z

    def forward(self, *arrays):
        """Return probabilities (N, K), or ratings (N, k), for the inputs."""
        pairs = enumerate(zip(self.keys, arrays))
        out = self.module(**{key: self.scaled(i, key, x) for i, (key, x) in pairs})
        return self.network._graph_prediction(self.network._graph_outputs(out))


def example_arrays(network, n_samples, seed=0):
    """Return random arrays of the shape, dtype and scale of a network's inputs."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for key, shape in network.input_shapes_.items():
        dtype = network._input_dtypes[key]
        if dtype == "uint8":
            arrays[key] = rng.integers(256, size=(n_samples, *shape), dtype=np.uint8)
            continue
        x = rng.standard_normal((n_samples, prod(shape))).reshape(n_samples, *shape)
        if key in network.scales_:
            mean, scale = network.scales_[key]
            x = mean + scale * x
        arrays[key] = x.astype(dtype)
    return arrays


def trace(network):
    """Return a program of ONNX that makes the predictions of a fitted network."""
    graph = PredictionGraph(network)
    arrays = example_arrays(network, _N_SAMPLES)
    batch = torch.export.Dim("batch", min=1)
    shapes = tuple({0: batch} for _ in arrays)
    return torch.onnx.export(
        graph,
        tuple(map(torch.as_tensor, arrays.values())),
        dynamo=True,
        verbose=False,
        input_names=list(arrays),
        output_names=[output_name(network)],
        dynamic_shapes=(shapes,),
    ).model_proto


def output_name(network):
    """Return the name of the output of the graph."""
    return "probabilities" if hasattr(network, "classes_") else "ratings"


def predict_directly(network, arrays):
    """Return probabilities or ratings (n_samples, n) for the inputs of the graph."""
    network = copy.copy(network)
    network._arrays = dict
    method = "predict_proba" if hasattr(network, "classes_") else "predict"
    y = getattr(network, method)(arrays)
    return y.reshape(len(y), -1)
