"""Owns: the Falcon peer, started by gunicorn: the benchmark's resources behind the port-routing middleware."""

import os

import falcon
from prometheus_client import Counter

from port_routing import PortRouting
from rpc import Dispatcher


class Text:
    def on_get(self, req, resp):
        resp.content_type = "text/plain"
        resp.data = b"Hello, World!"


class Json:
    def on_post(self, req, resp):
        order = req.media
        resp.media = {"customer": order["customer"], "total": order["quantity"] * order["price"]}


class Rpc:
    def __init__(self):
        self.dispatcher = Dispatcher()

    def on_post(self, req, resp):
        reply = self.dispatcher.dispatch(req.bounded_stream.read())
        if reply is None:
            resp.status = falcon.HTTP_204
        else:
            resp.content_type = "application/json"
            resp.data = reply


def add_series(count):
    """Ten counters with two labels, as in the other scraped servers."""
    for family in range(10 if count else 0):
        counter = Counter(f"bench_events_{family}", "Events of a made-up kind.", ["shard", "outcome"])
        for i in range(count // 10):
            counter.labels(f"{i:05}", "failure" if i % 2 else "success").inc(1 + i * 37)


add_series(int(os.environ.get("BENCH_SERIES", "0")))
app = falcon.App()
app.add_route("/", Text())
app.add_route("/json", Json())
app.add_route("/rpc", Rpc())
app = PortRouting(app, server_port=os.environ["BENCH_METRICS_PORT"])
