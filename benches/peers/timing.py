"""What the peers' scripts share: timing, and the sizes of the network."""

import json
import statistics
import struct
import sys
import time
from pathlib import Path

RECORD = Path(__file__).parents[2] / "records" / "celtic.safetensors"
HEADS = ["step", "pitch", "duration", "velocity"]
# Table rows that an event selects in the embedding, and for each head (model/src/network/rows.rs).
EVENT_FIELDS = 9
HEAD_FIELDS = [6, 7, 8, 9]


def median(seconds, work):
    """Seconds of the median run, after two runs that do not count."""
    work()
    work()
    times, begin = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def vocabulary():
    """Rows of the embedding, then rows and choices of each head, as the Celtic record has them."""
    with open(RECORD, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    rows = lambda name: header[name]["shape"][0]
    heads = [(rows(f"heads.{head}.table"), rows(f"heads.{head}.output.weight")) for head in HEADS]
    return rows("embed.weight"), heads


def main(works):
    """Runs the work that is named, for as many seconds as are said; prints its rate."""
    name, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 3.0
    print(f"{works[name](seconds):.1f}")
