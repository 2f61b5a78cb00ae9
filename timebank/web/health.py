"""For monitors: is it alive, does the database answer, how many requests of which kind."""

import time

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from timebank.db import answers
from timebank.web.requests import public, reading

blueprint = Blueprint("health", __name__)


class Metrics:
    """Counters of one application, so that two applications in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "timebank_requests", "Requests by page and status", ["page", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "timebank_request_seconds", "Time to answer by page", ["page"], registry=self.registry
        )

    def observe(self, response: Response) -> Response:
        """Count one answered request."""
        page = request.endpoint or "none"
        self.requests.labels(page, response.status_code).inc()
        self.seconds.labels(page).observe(time.monotonic() - g.get("began", time.monotonic()))
        return response


def init_app(app: Flask) -> None:
    """Count requests and open the two pages."""
    metrics = Metrics()
    app.extensions["timebank-metrics"] = metrics
    app.after_request(metrics.observe)
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
@public
def health() -> tuple[dict[str, str], int]:
    """200 while the database answers, else 503."""
    with reading() as db:
        well = answers(db)
    return ({"status": "ok"}, 200) if well else ({"status": "database unreachable"}, 503)


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Prometheus text format; holds page names and counts, nothing about people."""
    return Response(
        generate_latest(current_app.extensions["timebank-metrics"].registry), mimetype=CONTENT_TYPE_LATEST
    )
