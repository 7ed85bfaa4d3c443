#!/usr/bin/env python3
"""The model in docs/scaling.md: what instances and their series cost Prometheus, and how hashmod spreads them over shards.

Prints the tables of that page; a test compares them, and compares the shard of each instance with what a real Prometheus says.

    bench/scaling/model.py                        the tables
    bench/scaling/model.py shards COUNT MODULUS   the shard of each of COUNT instances, one a line
"""

import hashlib
import sys

# Each figure with its source; docs/scaling.md repeats them.
INTERVAL = 30  # s between two scrapes: deploy/prometheus/prometheus.yml
MEMORY = 8_000  # bytes of memory for each series in the head, queries included: prometheus/prometheus#4553
SAMPLE = 2  # bytes on disk for each sample, the upper end of 1 to 2: Prometheus' documentation, "Storage"
RETENTION = 15  # days, Prometheus' default
PROCESSOR = 1.4e-6  # s of one processor for each sample ingested: measure.py
TEXT = 197  # bytes of text for each series of http.server.request.duration: measure.py
GZIP = 10  # the same, compressed: measure.py
WRITING = 0.82e9  # bytes of text that TinyHost writes in a second: bench/METRICS.md
SHARD = 5_000_000  # series for which one Prometheus is planned: 40 GB at MEMORY
HISTOGRAM = 17  # series of a histogram with the 14 buckets of http.server.request.duration: 15 buckets, sum, count
TAG_SETS = 2_000  # the default of CardinalityLimit


def address(number):
    """The address of an instance, as Prometheus would see it."""
    return f"10.{number // 65536}.{number // 256 % 256}.{number % 256}:9100"


def shard(label, modulus):
    """Prometheus' relabel action hashmod: the last eight bytes of the MD5 hash, modulo (model/relabel)."""
    return int.from_bytes(hashlib.md5(label.encode()).digest()[8:], "big") % modulus


def load(count, modulus):
    """How many instances each shard has."""
    result = [0] * modulus
    for number in range(count):
        result[shard(address(number), modulus)] += 1
    return result


def shards_for(count, series):
    """The least number of shards of which none has more than SHARD series."""
    modulus = max(1, -(-count * series // SHARD))
    while max(load(count, modulus)) * series > SHARD:
        modulus += 1
    return modulus


def scaled(value, unit):
    for size, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {prefix}{unit}"
    return f"{value:.3g} {unit}"


def few(value):
    return f"{value:.2g}" if value >= 0.01 else "< 0.01"


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("| " + " | ".join("---" if i == 0 else "---:" for i in range(len(head))) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def tables():
    rows = []
    for routes, statuses in ((5, 2), (20, 3), (100, 4)):
        sets = routes * statuses
        rows.append([f"{routes} routes, {statuses} statuses each", f"{sets:,}", f"{sets * HISTOGRAM:,}", f"{sets:,}"])
    rows.append(["at the limit on tag sets", f"{TAG_SETS:,}", f"{TAG_SETS * HISTOGRAM:,}", f"{TAG_SETS:,}"])
    table(["http.server.request.duration", "tag sets", "series, classic", "series, native"], rows)

    rows = []
    for series in (300, 1_000, 10_000, 100_000):
        text = series * TEXT
        rows.append([f"{series:,}", scaled(text, "B"), scaled(series * GZIP, "B"), f"{text / WRITING * 1e3:.2g} ms"])
    table(["series of an instance", "text", "with gzip", "writing it"], rows)

    rows = []
    for count, series in ((1, 300), (10, 1_000), (100, 1_000), (100, 10_000), (1_000, 1_000), (1_000, 10_000), (1_000, 100_000)):
        total = count * series
        rate = total / INTERVAL
        rows.append([
            f"{count:,} × {series:,}", f"{total:,}", f"{rate:,.0f}", scaled(total * MEMORY, "B"), few(rate * PROCESSOR),
            scaled(rate * SAMPLE * 86_400 * RETENTION, "B"), scaled(total * GZIP / INTERVAL, "B/s"), f"{shards_for(count, series)}"])
    table(["instances × series", "series", "samples/s", "memory", "processors", "disk", "network", "shards"], rows)

    rows = []
    for modulus in (2, 4, 8, 16, 32):
        counts = load(1_000, modulus)
        rows.append([f"{modulus}", f"{1_000 / modulus:.0f}", f"{min(counts)}", f"{max(counts)}", f"{max(counts) * modulus / 1_000:.2f}"])
    table(["shards for 1,000 instances", "mean", "emptiest", "fullest", "fullest ÷ mean"], rows)


def main():
    if len(sys.argv) == 1:
        tables()
    elif len(sys.argv) == 4 and sys.argv[1] == "shards":
        for number in range(int(sys.argv[2])):
            print(address(number), shard(address(number), int(sys.argv[3])))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
