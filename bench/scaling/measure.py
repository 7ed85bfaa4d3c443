#!/usr/bin/env python3
"""Measures what series cost a real Prometheus: memory, processor time, and the duration of scrapes.

Starts Prometheus with ten targets that expose histograms like TinyHost's, all counters changing, once for each number of series, and
prints a table. Memory is the greatest resident size after as many scrapes as a head block holds at an interval of 30 s (two hours).

    bench/scaling/measure.py [--series 50000,100000,200000] [--interval 2] [--scrapes 240]
"""

import argparse
import gzip
import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request

TARGETS = 10
BUCKETS = "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf".split()


def names(series):
    """The series of one target: histograms of 14 buckets, with the labels of http.server.request.duration."""
    result = []
    route = 0
    while len(result) < series:
        labels = (f'http_request_method="GET",http_response_status_code="200",http_route="/orders/{{id}}/{route}",'
                  'network_protocol_version="1.1",url_scheme="http"')
        family = "http_server_request_duration_seconds"
        result += [f'{family}_bucket{{{labels},le="{bucket}"}} ' for bucket in BUCKETS]
        result += [f"{family}_sum{{{labels}}} ", f"{family}_count{{{labels}}} "]
        route += 1
    return result[:series]


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Prometheus breaks off its connections when it is killed."""


class Target(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    expositions = []
    scrapes = 0

    @classmethod
    def prepare(cls, lines):
        """Ready-made expositions, so that making them is not part of the measurement. Values grow from each to the next."""
        texts = ("".join(f"{line}{count * (17 + index % 1000)}\n" for index, line in enumerate(lines)) for count in range(1, 17))
        head = "# TYPE http_server_request_duration_seconds histogram\n"
        cls.expositions = [gzip.compress((head + text).encode(), 1) for text in texts]

    def do_GET(self):
        Target.scrapes += 1
        content = Target.expositions[Target.scrapes // TARGETS % len(Target.expositions)]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def query(port, expression):
    url = f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(expression)}"
    with urllib.request.urlopen(url) as answer:
        result = json.load(answer)["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0


def run(series, interval, scrapes):
    Target.prepare(names(series // TARGETS))
    server = Server(("127.0.0.1", 0), Target)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    target, port = server.server_address[1], free_port()
    directory = pathlib.Path(tempfile.mkdtemp())
    static = "".join(f'      - targets: ["127.0.0.1:{target}"]\n        labels: {{ instance: "app-{i}" }}\n' for i in range(TARGETS))
    (directory / "prometheus.yml").write_text(
        f"global: {{ scrape_interval: {interval}s, scrape_timeout: {interval}s }}\nscrape_configs:\n"
        f"  - job_name: app\n    static_configs:\n{static}"
        f'  - job_name: prometheus\n    static_configs:\n      - targets: ["127.0.0.1:{port}"]\n')
    process = subprocess.Popen(
        [shutil.which("prometheus"), f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
         f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
    try:
        begin = time.monotonic()
        peak = 0
        while time.monotonic() - begin < interval * scrapes:
            time.sleep(interval)
            for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    peak = max(peak, int(line.split()[1]) * 1024)
        ticks = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        seconds = (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
        head = query(port, "prometheus_tsdb_head_series")
        samples = query(port, "prometheus_tsdb_head_samples_appended_total")
        duration = query(port, 'avg(avg_over_time(scrape_duration_seconds{job="app"}[1m]))')
        if query(port, 'min(min_over_time(up{job="app"}[1h]))') != 1:
            raise SystemExit(f"A scrape of {series:,} series failed: this machine is too slow or too busy for an interval of {interval} s.")
        return head, peak, samples, seconds, duration
    finally:
        process.kill()
        process.wait()
        server.shutdown()
        shutil.rmtree(directory)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", default="50000,100000,200000")
    parser.add_argument("--interval", type=int, default=2)
    parser.add_argument("--scrapes", type=int, default=240)
    options = parser.parse_args()
    print("| series in the head | resident MB | kB per series | samples/s | processor µs per sample | scrape of a tenth, s |")
    print("| --- | --- | --- | --- | --- | --- |")
    points = []
    for series in map(int, options.series.split(",")):
        head, peak, samples, seconds, duration = run(series, options.interval, options.scrapes)
        points.append((head, peak))
        print(f"| {head:,.0f} | {peak / 1e6:.0f} | {peak / head / 1e3:.1f} | {samples / options.interval / options.scrapes:,.0f} | "
              f"{seconds / samples * 1e6:.1f} | {duration:.3f} |", flush=True)
    if len(points) > 1:
        (first, low), (last, high) = points[0], points[-1]
        print(f"\nEach further series: {(high - low) / (last - first):,.0f} bytes.")


if __name__ == "__main__":
    main()
