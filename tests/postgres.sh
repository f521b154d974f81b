#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own: tests/postgres.sh cargo test ...
#
# The server listens on a socket in a temporary folder and nowhere else, is safe against crashes as a real one, and is gone
# with its folder when the command ends. The command finds it in ESG_POSTGRES. Without a server nothing is tested, so this
# fails where none can be had.
set -euo pipefail

fail() {
    echo "tests/postgres.sh: $*" >&2
    exit 3
}

[ $# -gt 0 ] || fail "say what is to be run beside the server"

# Debian keeps the server's programs out of the path.
programs() {
    local folder
    for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin; do
        if [ -x "$folder/initdb" ]; then
            echo "$folder"
            return
        fi
    done
    if command -v initdb >/dev/null; then dirname "$(readlink -f "$(command -v initdb)")"; fi
}

bin=$(programs)
if [ -z "$bin" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    # Only the programs: the package's own server is not started.
    mkdir -p /etc/postgresql-common
    grep -qs create_main_cluster /etc/postgresql-common/createcluster.conf ||
        echo "create_main_cluster = false" >>/etc/postgresql-common/createcluster.conf
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
    bin=$(programs)
fi
[ -n "$bin" ] || fail "no initdb here; please install the PostgreSQL server (Debian: postgresql)"

# The server refuses to run as root.
as=()
if [ "$(id -u)" -eq 0 ]; then
    id postgres >/dev/null 2>&1 || useradd --system --no-create-home postgres
    command -v setpriv >/dev/null || fail "no setpriv here; please install util-linux"
    as=(setpriv --reuid=postgres --regid="$(id -g postgres)" --clear-groups)
fi

# A socket's path may have 107 bytes.
folder=$(mktemp -d /tmp/esg-pg.XXXXXX)
stop() {
    local status=$?
    (cd / && "${as[@]}" "$bin/pg_ctl" stop -D "$folder/data" -m immediate >/dev/null 2>&1) || true
    if [ "$status" -ne 0 ] && [ -s "$folder/log" ]; then
        echo "== last lines of the server's log" >&2
        tail -n 20 "$folder/log" >&2
    fi
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM
if [ "${#as[@]}" -gt 0 ]; then chown postgres "$folder"; fi
(cd / && "${as[@]}" "$bin/initdb" -D "$folder/data" -U esg --auth=trust --encoding=UTF8 --locale=C >"$folder/initdb" 2>&1) ||
    { cat "$folder/initdb" >&2; fail "initdb failed"; }
cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 50
END
(cd / && "${as[@]}" "$bin/pg_ctl" start -D "$folder/data" -l "$folder/log" -w >/dev/null) || fail "the server did not start"

export ESG_POSTGRES="host=$folder user=esg dbname=postgres"
export ESG_POSTGRES_BIN="$bin"
"$@"
