"""The first words and normal numbers of some random streams, by the layout RandomStream documents.

    python3 generate_random_streams.py      writes random-streams.json beside this file

Written from Salmon et al. (2011) and the layout alone; words are hexadecimal strings.
"""

import json
import pathlib

from mpmath import mp, mpf

from generate_special_functions import normal_quantile

WORD = (1 << 32) - 1
LONG = (1 << 64) - 1
DERIVATION = 0x6A09E667F3BCC908


def philox(counter, key):
    """One block: 128-bit counter and 64-bit key to 128 bits, all with the least significant word first."""
    c = [counter >> shift & WORD for shift in (0, 32, 64, 96)]
    k = [key & WORD, key >> 32]
    for _ in range(10):
        a, b = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [b >> 32 ^ c[1] ^ k[0], b & WORD, a >> 32 ^ c[3] ^ k[1], a & WORD]
        k = [k[0] + 0x9E3779B9 & WORD, k[1] + 0xBB67AE85 & WORD]
    return sum(word << 32 * i for i, word in enumerate(c))


def stream(seed, path):
    key, identity = seed, 0
    for index in path:
        block = philox((index & LONG) | identity << 64, key ^ DERIVATION)
        key, identity = block & LONG, block >> 64
    return key, identity


def words(seed, path, count):
    key, identity = stream(seed, path)
    blocks = [philox(b | identity << 64, key) for b in range((count + 1) // 2)]
    return [half for block in blocks for half in (block & LONG, block >> 64)][:count]


def normal(word):
    z = normal_quantile((mpf(word >> 1) + mpf(1) / 2) / mpf(2) ** 64)
    return float(-z if word & 1 else z)


def main():
    mp.dps = 60
    entries = []
    for seed, path in [(0, []), (0, [0]), (1, []), (1, [0]), (1, [1]), (42, [7, 3]), (LONG, [-1, 1 << 40, 5])]:
        drawn = words(seed, path, 12)
        entries.append({
            "seed": f"{seed:016x}", "path": path, "words": [f"{word:016x}" for word in drawn],
            "normals": [normal(word) for word in drawn]})
    text = "[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n"
    (pathlib.Path(__file__).parent / "random-streams.json").write_text(text)


if __name__ == "__main__":
    main()
