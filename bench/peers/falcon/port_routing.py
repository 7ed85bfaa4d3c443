"""Owns: the port-routing WSGI middleware, the approach that TinyHost adopts: requests on the metrics port get the metrics."""

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
