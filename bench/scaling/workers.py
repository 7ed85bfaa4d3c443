#!/usr/bin/env python3
"""Measures one process against a parent with workers: calls a second, memory, and what a scrape of the parent costs.

Starts examples/JsonRpc once for each number of workers (0 is one process without a parent), puts it under the load of wrk in turn for
several rounds, and prints a table of medians. Memory is the proportional set size of all processes, after the load.

    dotnet build examples/JsonRpc -c Release && bench/scaling/workers.py [--workers 0,1,2,4,8] [--rounds 5] [--seconds 2]
"""

import argparse
import os
import pathlib
import re
import signal
import statistics
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "examples/JsonRpc/bin/Release/net10.0/JsonRpc.dll"
SCRIPT = ROOT / "bench/wrk/rpc.lua"
CONNECTIONS = 64


class Daemon:
    """The example with a number of workers, on ports of its own."""

    def __init__(self, workers, port):
        self.workers, self.port = workers, port
        self.process = subprocess.Popen(
            ["dotnet", PROGRAM, "--workers", str(workers), "--TinyHost:Prefixes:0", f"http://127.0.0.1:{port}/",
             "--TinyHost:Metrics:Port", str(port + 1)], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while True:
            try:
                self.get("/-/ready")
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"The example did not start with {workers} workers.")
                time.sleep(0.05)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port + 1}{path}", timeout=30) as response:
            return response.read()

    def load(self, seconds):
        output = subprocess.run(
            ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", SCRIPT, f"http://127.0.0.1:{self.port}/rpc"],
            capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in output:
            raise SystemExit(f"Calls failed with {self.workers} workers:\n{output}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))

    def memory(self):
        return sum(int(re.search(r"Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()).group(1))
                   for pid in [self.process.pid, *children(self.process.pid)]) / 1024

    def scrape(self, path):
        self.get(path)
        times = []
        for _ in range(20):
            began = time.perf_counter()
            content = self.get(path)
            times.append((time.perf_counter() - began) * 1000)
        return statistics.median(times), content.count(b"\n") - content.count(b"\n#"), len(content) / 1000

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def children(pid):
    return [int(child) for task in os.listdir(f"/proc/{pid}/task")
            for child in pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", default="0,1,2,4,8", help="numbers of workers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="length of the load in each round")
    options = parser.parse_args()
    daemons = [Daemon(int(workers), 18_000 + 10 * i) for i, workers in enumerate(options.workers.split(","))]
    try:
        rates = {daemon: [] for daemon in daemons}
        for daemon in daemons:
            daemon.load(options.seconds)
        for round_number in range(options.rounds):
            for daemon in daemons[round_number % len(daemons):] + daemons[:round_number % len(daemons)]:
                rates[daemon].append(daemon.load(options.seconds))
        print("| processes | calls/s | memory, MB | scrape, ms | lines, kB | with `?aggregate=true`, ms | lines, kB |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
        for daemon in daemons:
            memory = daemon.memory()
            each = "{:.1f} | {:,} in {:.0f}".format(*daemon.scrape("/metrics"))
            sums = "{:.1f} | {:,} in {:.0f}".format(*daemon.scrape("/metrics?aggregate=true")) if daemon.workers else "|"
            name = f"parent and {daemon.workers} worker{'s' * (daemon.workers > 1)}" if daemon.workers else "one process"
            print(f"| {name} | {statistics.median(rates[daemon]):,.0f} | {memory:.0f} | {each} | {sums} |")
    finally:
        for daemon in daemons:
            daemon.stop()


if __name__ == "__main__":
    main()
