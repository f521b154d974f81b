"""W5 in Flask: what most would write, with orjson and one SQLite connection a worker."""
import orjson
from flask import Flask, Response, request

import rows

app = Flask(__name__)
connection = None


def answered(work):
    global connection
    if connection is None:
        connection = rows.connect()
    try:
        answer, status = work(connection, request.get_data(cache=False)), 201
    except (ValueError, KeyError, TypeError) as error:
        answer, status = {"error": str(error)}, 400
    return Response(orjson.dumps(answer), status, content_type="application/json")


@app.post("/api/v1/telemetry")
def one():
    return answered(rows.one)


@app.post("/api/v1/telemetry/bulk")
def many():
    return answered(rows.many)


@app.get("/health")
def health():
    return Response(b'{"status":"ok"}', content_type="application/json")
