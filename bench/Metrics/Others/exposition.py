# Owns: Python's prometheus_client as a peer: the protocol of Peers/PeerLoop.cs, the series of Workload.cs. It only exposes, and reports -1
# for allocated bytes, which it cannot measure.
import sys
import time
from wsgiref.simple_server import WSGIRequestHandler, make_server
import threading

from prometheus_client import CollectorRegistry, Histogram, generate_latest, make_wsgi_app

HISTOGRAMS, MEASUREMENTS = 10000, 200
METHODS = ["GET", "POST", "PUT", "DELETE"]
CODES = ["200", "201", "404", "500"]


class Silent(WSGIRequestHandler):
    def log_message(self, format, *args):
        pass


registry = CollectorRegistry()
histogram = Histogram(
    "request_duration_seconds", "Duration of requests.", ["method", "path", "code"], registry=registry,
    buckets=[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10])
for series in range(HISTOGRAMS):
    child = histogram.labels(METHODS[series % 4], "/%d" % (series // 16), CODES[series // 4 % 4])
    for n in range(MEASUREMENTS):
        child.observe((series * 31 + n * 97) % 12000 / 1000)
server = make_server("127.0.0.1", 0, make_wsgi_app(registry), handler_class=Silent)
threading.Thread(target=server.serve_forever, daemon=True).start()

print("ready", server.server_port, flush=True)
for line in sys.stdin:
    if line.strip() == "encode":
        began = time.perf_counter_ns()
        length = len(generate_latest(registry))
        print(time.perf_counter_ns() - began, length, -1, flush=True)
    elif line.strip() == "allocated":
        print(-1, flush=True)
