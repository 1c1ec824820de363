"""Makes the data that are embedded in the library, from the originals.

    python3 Scripts/make_resources.py FOLDER_WITH_MNIST FAITHFUL_CSV

FOLDER_WITH_MNIST holds the four files of MNIST (`train-images-idx3-ubyte.gz`, …, in any compression of gzip);
FAITHFUL_CSV has the header `eruptions,waiting` and 272 rows. The output is the same bytes at any time.
"""

import gzip
import hashlib
import pathlib
import struct
import sys

# SHA-256 of the unpacked originals.
ORIGINALS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
# Original, number of rows taken from its start, name of the result.
SAMPLES = [
    ("train-images-idx3-ubyte", 5000, "mnist-sample-train-images.gz"),
    ("train-labels-idx1-ubyte", 5000, "mnist-sample-train-labels.gz"),
    ("t10k-images-idx3-ubyte", 1000, "mnist-sample-test-images.gz"),
    ("t10k-labels-idx1-ubyte", 1000, "mnist-sample-test-labels.gz"),
]


def first_rows(data, count):
    """An IDX array cut to its first rows: two zero bytes, type, rank, extents (big-endian), elements."""
    rank = data[3]
    extents = struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank])
    row = 1
    for extent in extents[1:]:
        row *= extent
    start = 4 + 4 * rank
    return data[:4] + struct.pack(f">{rank}I", count, *extents[1:]) + data[start : start + count * row]


def main(mnist, faithful):
    target = pathlib.Path(__file__).resolve().parent.parent / "Sources/CLatentResources/Data"
    for name, count, result in SAMPLES:
        data = gzip.decompress((mnist / f"{name}.gz").read_bytes())
        if hashlib.sha256(data).hexdigest() != ORIGINALS[name]:
            sys.exit(f"{name} is not the original")
        (target / result).write_bytes(gzip.compress(first_rows(data, count), compresslevel=9, mtime=0))
    text = faithful.read_text()
    lines = text.splitlines()
    if lines[0] != "eruptions,waiting" or len(lines) != 273:
        sys.exit("this is not Old Faithful: 272 rows under eruptions,waiting")
    (target / "faithful.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
