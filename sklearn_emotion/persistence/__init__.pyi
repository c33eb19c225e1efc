from ._file import ModelFileError as ModelFileError
from ._model import (
    load_model as load_model,
    save_model as save_model,
)
from ._onnx import export_onnx as export_onnx
