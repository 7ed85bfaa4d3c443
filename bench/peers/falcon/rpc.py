"""Owns: JSON-RPC 2.0 as in the .NET servers of the benchmarks: the method add, single calls and batches, and durations by method."""

import json
import time

from prometheus_client import Histogram

DURATION = Histogram(
    "rpc_server_call_duration_seconds",
    "Duration of JSON-RPC calls.",
    ["rpc_system_name", "rpc_method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
MISSING = object()


def add(params):
    first, second = params
    return first + second


class Dispatcher:
    def __init__(self):
        self.methods = {"add": (add, DURATION.labels("jsonrpc", "add"))}
        self.other = DURATION.labels("jsonrpc", "_OTHER")

    def dispatch(self, message):
        """Returns the reply as bytes, or None if there is no reply."""
        try:
            request = json.loads(message)
        except ValueError:
            return encode(error(-32700, "Parse error", None))
        if not isinstance(request, list):
            reply = self.call(request)
            return None if reply is None else encode(reply)
        if not request:
            return encode(error(-32600, "Invalid Request", None))
        replies = [reply for reply in map(self.call, request) if reply is not None]
        return encode(replies) if replies else None

    def call(self, request):
        started = time.perf_counter()
        if not isinstance(request, dict) or request.get("jsonrpc") != "2.0" or not isinstance(request.get("method"), str):
            return error(-32600, "Invalid Request", None)
        identifier = request.get("id", MISSING)
        method, duration = self.methods.get(request["method"], (None, self.other))
        if method is None:
            reply = error(-32601, "Method not found", identifier)
        else:
            try:
                reply = {"jsonrpc": "2.0", "result": method(request.get("params", ())), "id": identifier}
            except (TypeError, ValueError):
                reply = error(-32602, "Invalid params", identifier)
        duration.observe(time.perf_counter() - started)
        return None if identifier is MISSING else reply


def error(code, message, identifier):
    return {"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": identifier}


def encode(reply):
    return json.dumps(reply, separators=(",", ":")).encode()
