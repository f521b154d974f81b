#!/usr/bin/env python3
"""W3, parse and validate only: w3_parse.py msgspec|orjson|orjson_msgspec

Contract: required strings of 1 to 128 characters, a known vertical, an RFC 3339 instant with an offset,
metrics a filled object of finite numbers >= 0, tags an object of strings. A bad line is counted and the rest
goes on."""
import json
import math
import sys
from datetime import datetime
from typing import Annotated, Literal, get_args

import msgspec
import orjson

from common import DATA, Timed, emit

Vertical = Literal["ai_data_center", "logistics_fleet", "smart_manufacturing", "cloud_saas"]
VERTICALS = frozenset(get_args(Vertical))
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Quantity = Annotated[float, msgspec.Meta(ge=0)]


class Event(msgspec.Struct, gc=False):
    source_id: Id
    external_event_id: Id
    vertical: Vertical
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]
    metrics: Annotated[dict[str, Quantity], msgspec.Meta(min_length=1)]
    tags: dict[str, str] = {}


def checked(event):
    """The same rules by hand, over what orjson returns."""
    metrics, tags = event["metrics"], event["tags"]
    for name in (event["source_id"], event["external_event_id"]):
        if type(name) is not str or not 0 < len(name) <= 128:
            raise ValueError("id")
    if event["vertical"] not in VERTICALS:
        raise ValueError("vertical")
    if datetime.fromisoformat(event["timestamp"]).tzinfo is None:
        raise ValueError("timestamp")
    if type(metrics) is not dict or not metrics or type(tags) is not dict:
        raise ValueError("metrics or tags")
    for value in metrics.values():
        if (type(value) is not float and type(value) is not int) or not 0 <= value < math.inf:
            raise ValueError("metric")
    for value in tags.values():
        if type(value) is not str:
            raise ValueError("tag")
    return event


PARSE = {
    "msgspec": msgspec.json.Decoder(Event).decode,
    "orjson": lambda line: checked(orjson.loads(line)),
    "orjson_msgspec": lambda line: msgspec.convert(orjson.loads(line), Event),
}


def main():
    peer, = sys.argv[1:]
    parse, lines, invalid = PARSE[peer], 0, 0
    with Timed() as timed, open(DATA / "w3_events.jsonl", "rb", buffering=1 << 20) as file:
        for line in file:
            lines += 1
            try:
                parse(line)
            except Exception:
                invalid += 1
    expected = json.loads((DATA / "w3_expected.json").read_text())
    if (lines, invalid) != (expected["lines"], expected["invalid"]):
        sys.exit(f"{peer}: {invalid} of {lines} lines refused, expected {expected}")
    emit(f"w3 {peer}", timed, lines, {"invalid": invalid})


if __name__ == "__main__":
    main()
