"""What Schemathesis cannot know of media types that are not JSON: bodies go out as bytes, answers are looked at as text."""
import schemathesis

PLAIN = ("text/html", "text/csv", "application/x-protobuf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@schemathesis.serializer("application/x-protobuf", "application/x-ndjson", "text/csv", "text/tab-separated-values")
def as_bytes(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.deserializer(*PLAIN)
def as_text(ctx, response):
    return response.content.decode("utf-8", "replace")
