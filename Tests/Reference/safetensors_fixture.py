"""Writes safetensors_fixture.json: a file made by the Python package `safetensors`, in hexadecimal digits.

    pip install safetensors numpy && python3 Tests/Reference/safetensors_fixture.py
"""

import json
import pathlib

import numpy as np
import safetensors
from safetensors.numpy import save

tensors = {
    "mixture/means": np.array([[1.5, -2.25, 1e-300], [np.inf, -np.inf, np.nan]], dtype=np.float64),
    "weights": np.array([0.25, 0.75], dtype=np.float32),
    "counts": np.array([-(2**63), 0, 2**63 - 1], dtype=np.int64),
    "image": np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
    "half": np.array([1.0, -2.0], dtype=np.float16),
    "scalar": np.array(3.5, dtype=np.float64),
    "empty": np.zeros((0, 4), dtype=np.float64),
}
data = save(tensors, metadata={"note": 'quotes " and \\ and\nline, é, 𝒩', "other": ""})
result = {
    "package": f"safetensors {safetensors.__version__}",
    "hex": data.hex(),
    "tensors": {
        name: {"type": {"float64": "F64", "float32": "F32", "int64": "I64", "uint8": "U8", "float16": "F16"}[
            str(array.dtype)], "shape": list(array.shape), "hex": array.tobytes().hex()}
        for name, array in tensors.items()
    },
}
path = pathlib.Path(__file__).with_name("safetensors_fixture.json")
path.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
