"""Writes table_files.json: small files made by numpy and pandas, in base64, with the values that they hold.

Needs numpy and pandas. Run in this folder: python table_files.py
"""
import base64
import gzip
import io
import json
import random
import struct

import numpy as np
import pandas as pd

rng = np.random.default_rng(7)
files = []


def bits(values):
    """Doubles as bit patterns; every NaN as None."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    return [None if np.isnan(v) else "%016x" % struct.unpack("<Q", struct.pack("<d", v)) for v in flat]


def add(name, data, values, shape=None, names=None, labels=None, array=None):
    values = np.asarray(values, dtype=np.float64)
    files.append(dict(
        name=name, data=base64.b64encode(data).decode(), rows=values.shape[0],
        columns=values[0].size, values=bits(values), imageShape=shape, names=names, labels=labels, array=array))


def npy(array, version=None, order="C"):
    out = io.BytesIO()
    np.lib.format.write_array(out, np.asarray(array, order=order), version=version)
    return out.getvalue()


for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]:
    for order in "<>":
        if kind[0] == "f":
            array = (rng.normal(size=(3, 4)) * 1e-3).astype(order + kind)
            array[1, 2] = np.nan
            array[0, 0] = np.finfo(kind).max
            array[2, 1] = np.finfo(kind).smallest_subnormal
        elif kind == "b1":
            array = rng.integers(0, 2, size=(3, 4)).astype(bool)
        else:
            info = np.iinfo(kind)
            array = rng.integers(info.min, info.max, size=(3, 4), dtype=kind, endpoint=True).astype(order + kind)
            array[0, 0], array[0, 1] = info.min, info.max
        add(f"{'little' if order == '<' else 'big'}-{kind}.npy", npy(array), array.astype(np.float64))
        add(f"{'little' if order == '<' else 'big'}-{kind}-fortran.npy", npy(array, order="F"), array.astype(np.float64))

matrix = rng.normal(size=(4, 3))
for version in [(1, 0), (2, 0), (3, 0)]:
    add(f"version{version[0]}.npy", npy(matrix, version), matrix)
add("vector.npy", npy(matrix[:, 0]), matrix[:, :1])
cube = rng.normal(size=(2, 3, 4))
add("cube.npy", npy(cube), cube.reshape(2, -1), shape=[3, 4])
add("cube-fortran.npy", npy(cube, order="F"), cube.reshape(2, -1), shape=[3, 4])
images = rng.integers(0, 256, size=(2, 3, 4)).astype(np.uint8)
add("images.npy", npy(images), images.reshape(2, -1) / 255, shape=[3, 4])
add("images.npy.gz", gzip.compress(npy(images), mtime=0), images.reshape(2, -1) / 255, shape=[3, 4])

for save, name in [(np.savez, "stored"), (np.savez_compressed, "deflated")]:
    out = io.BytesIO()
    save(out, only=matrix)
    add(f"{name}.npz", out.getvalue(), matrix)
    out = io.BytesIO()
    save(out, first=matrix, second=matrix[:, :2] + 1)
    add(f"{name}-two.npz", out.getvalue(), matrix[:, :2] + 1, array="second")

codes = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
for kind, code in codes.items():
    array = rng.integers(0, 100, size=(3, 2)).astype(">" + kind)
    header = struct.pack(">BBBBII", 0, 0, code, 2, 3, 2)
    add(f"matrix-{kind}.idx", header + array.tobytes(), array.astype(np.float64))
header = struct.pack(">BBBBIII", 0, 0, 8, 3, 2, 3, 4)
idx = header + images.tobytes()
add("images-idx3-ubyte", idx, images.reshape(2, -1) / 255, shape=[3, 4])
add("images-idx3-ubyte.gz", gzip.compress(idx, mtime=0), images.reshape(2, -1) / 255, shape=[3, 4])
half = len(idx) // 2
add("members-idx3-ubyte.gz", gzip.compress(idx[:half], mtime=0) + gzip.compress(idx[half:], mtime=0) + bytes(7),
    images.reshape(2, -1) / 255, shape=[3, 4])
add("labels-idx1-ubyte", struct.pack(">BBBBI", 0, 0, 8, 1, 5) + bytes([5, 0, 4, 1, 9]), [[5], [0], [4], [1], [9]])

# Texts: what pandas writes, and what it reads.
frame = pd.DataFrame(rng.normal(size=(5, 3)) * 10.0 ** rng.integers(-300, 300, size=(5, 3)), columns=["a", "b,c", 'say "d"'])
frame.iloc[1, 1] = np.nan
for name, options in {
    "plain.csv": {}, "missing.csv": dict(na_rep="NA"), "quoted.csv": dict(quoting=1),
    "windows.csv": dict(lineterminator="\r\n"), "tabs.tsv": dict(sep="\t"), "mark.csv": dict(encoding="utf-8-sig"),
}.items():
    out = io.BytesIO()
    frame.to_csv(out, index=False, **options)
    add(name, out.getvalue(), frame.values, names=list(frame.columns))
    if name == "plain.csv":
        add("plain.csv.gz", gzip.compress(out.getvalue(), mtime=0), frame.values, names=list(frame.columns))
out = io.BytesIO()
np.savetxt(out, matrix, delimiter=",")
add("savetxt.csv", out.getvalue(), matrix)
species = ["setosa", 'with "quotes"', "two\nlines", "", "naïve"]
out = io.BytesIO()
frame.assign(species=species).to_csv(out, index=False)
add("labels.csv", out.getvalue(), frame.values, names=list(frame.columns), labels=species)

# Numbers: text and the double that Python (correctly rounded) makes of it.
random.seed(3)
texts = ["0", "-0", "+1", "1.", ".5", "-.5e1", "1e0", "1E+05", "1e-400", "-1e-400", "4.9e-324", "2.5e-324", "2.4e-324",
         "1.7976931348623157e308", "2.2250738585072011e-308", "2.2250738585072014e-308", "9007199254740993",
         "9007199254740993.0000000000000000000000000000000001", "9007199254740992.9999999999999999999999999999",
         "0.000000000000000000000000000000000000000000000000000000000000000000000000000000001e81",
         "00000000000000000000000000000000001.5", "0.1e1", "18446744073709551615", "18446744073709551616",
         "9999999999999999999", "99999999999999999999", "123456789012345678901234567890", "1e22", "1e23", "8.5e22",
         "179769313486231570000" + "0" * 288, "0e999999999", "0.0e-999999999", "1e-999999999", "6.0221407623e23",
         "7.2057594037927933e16", "9.5e-54", "1.0000000000000000001e55", "3.0517578125e-5", "1.00000005960464477539062"]
for _ in range(400):
    value = struct.unpack("<d", random.getrandbits(64).to_bytes(8, "little"))[0]
    if value == value and abs(value) != float("inf"):
        texts += [repr(value), "%.16e" % value, "%.17g" % value, "%.20e" % value]
for _ in range(1200):
    digits = random.randint(1, 19)
    texts.append("%d%se%d" % (random.choice([1, -1]) * random.randint(0, 9), "." + "".join(random.choices("0123456789", k=digits)), random.randint(-60, 60)))
for _ in range(600):
    # Close to half way between two doubles, in the range of the short algorithms.
    low = random.randint(1 << 53, (1 << 54) - 1) | 1
    power = random.randint(-40, 40)
    exact = low * 2 ** power if power >= 0 else None
    if exact is not None:
        texts += [str(exact), str(exact + 1), str(exact - 1)]
    else:
        numerator = low * 5 ** -power
        text = str(numerator)
        text = ("0" * (-power - len(text) + 1) + text) if len(text) <= -power else text
        texts += [text[:power] + "." + text[power:]]
        texts.append("%se%d" % (text[:19], len(text) - 19 + power if len(text) > 19 else power))
numbers = [[t, "%016x" % struct.unpack("<Q", struct.pack("<d", float(t)))] for t in texts if abs(float(t)) != float("inf")]

with open("table_files.json", "w") as out:
    json.dump(dict(files=files, numbers=numbers), out, separators=(",", ":"))
