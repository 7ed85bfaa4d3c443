"""Owns: the port-routing WSGI middleware, the approach that TinyHost carries over: what came in on the metrics port is the metrics'.
Does not own: the app it wraps."""

from prometheus_client import make_wsgi_app


class PortRouting:
    def __init__(self, app, server_port):
        self.app = app
        self.server_port = server_port
        self.metrics = make_wsgi_app()

    def __call__(self, environ, start_response):
        if environ["SERVER_PORT"] == self.server_port:
            return self.metrics(environ, start_response)
        return self.app(environ, start_response)
