#!/usr/bin/env bash
# Lets Schemathesis ask the server whatever its own description allows, and much that it does not: run.sh ESG_BINARY PYTHON_ENV
#
# No answer may be a fault of the server's (5xx), have a status, type or form that is not described, or come for a method that is
# not there. ESG_FULL=1 asks more than twenty thousand times; else more than five hundred.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: run.sh ESG_BINARY PYTHON_ENV" >&2; exit 3; }
esg=$1 env=$2
here=$(cd "$(dirname "$0")" && pwd)
examples=5
if [ "${ESG_FULL:-}" = 1 ]; then examples=600; fi

folder=$(mktemp -d)
server=
stop() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap stop EXIT

"$esg" serve --data "$folder/ledger" --port telemetry=0,compliance=0,simulator=0,alerts=0 2>"$folder/log" &
server=$!
# It says where it listens when it does.
for _ in $(seq 300); do
    if [ "$(grep -c '"listening"' "$folder/log")" -eq 4 ]; then break; fi
    kill -0 "$server" || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done
cases=0 status=0
for address in $(sed -n 's/.*"message":"listening".*"address":"\([0-9.:]*\)".*/\1/p' "$folder/log"); do
    echo "== $address"
    SCHEMATHESIS_HOOKS="$here/hooks.py" "$env/bin/schemathesis" run "http://$address/openapi.json" --no-color --continue-on-failure \
        --phases examples,coverage,fuzzing --max-examples "$examples" --checks not_a_server_error,status_code_conformance \
        --checks content_type_conformance,response_headers_conformance,response_schema_conformance,unsupported_method \
        >"$folder/said" 2>&1 || status=1
    sed -n '/FAILURES/,$p' "$folder/said"
    grep -A1 '^Test cases:' "$folder/said" | tail -1 || true
    cases=$((cases + $(sed -n 's/^  \([0-9]*\) generated.*/\1/p' "$folder/said")))
done
kill -0 "$server" || { echo "the server ended" >&2; cat "$folder/log" >&2; exit 1; }
if grep '"level":"\(WARN\|ERROR\)"' "$folder/log" >&2; then status=1; fi
echo "$cases passed or failed in all"
if [ "$cases" -lt 500 ]; then echo "fewer than 500 cases" >&2; status=1; fi
exit "$status"
