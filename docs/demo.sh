#!/usr/bin/env bash
# Streams something real: this machine's Debian package index, one JSON event per package, keyed by the package's name, into a topic of
# 6 partitions; then reads it back with the command line and with curl, and compares.
#
#   docs/demo.sh [CLOUDSTREAM]      CLOUDSTREAM: the executable (out/cloudstream);  PORT=N: the port to use (8098)
set -euo pipefail
cloudstream=${1:-out/cloudstream}
folder=$(mktemp -d)
address=127.0.0.1:${PORT:-8098}
export CLOUDSTREAM_SERVER=http://$address LC_ALL=C

"$cloudstream" serve --data "$folder/data" --http "$address" &
broker=$!
trap 'kill "$broker" 2>/dev/null || true; wait "$broker" || true; rm -rf "$folder"' EXIT
until curl -fsS "$CLOUDSTREAM_SERVER/readyz" >/dev/null 2>&1; do kill -0 "$broker"; sleep 0.05; done

# A paragraph per package becomes {"key":"NAME","value":{"Package":"NAME","Version":"…",…}}.
packages_to_ndjson() {
  awk '
    function quote(text) {
      gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); gsub(/\t/, "\\t", text); gsub(/\r/, "\\r", text); gsub(/\n/, "\\n", text)
      return "\"" text "\""
    }
    function close_field() { if (field != "") event = event (event == "" ? "" : ",") quote(field) ":" quote(value); field = "" }
    function close_package() {
      close_field()
      if (name != "") print "{\"key\":" quote(name) ",\"value\":{" event "}}"
      name = ""; event = ""
    }
    /^$/ { close_package(); next }
    /^[ \t]/ { value = value "\n" $0; next }
    {
      close_field()
      at = index($0, ":"); field = substr($0, 1, at - 1); value = substr($0, at + 1); sub(/^ /, "", value)
      if (field == "Package") name = value
    }
    END { close_package() }'
}

echo "== the package index as JSON events"
apt-cache dumpavail | packages_to_ndjson >"$folder/packages.ndjson"
wc -l <"$folder/packages.ndjson"

echo "== produce"
"$cloudstream" topic create packages --partitions 6
time "$cloudstream" produce packages "$folder/packages.ndjson" --format ndjson
"$cloudstream" topic describe packages

echo "== consume"
"$cloudstream" consume packages --count 5 --format '%t-%p@%o %k (%S bytes)\n'

echo "== curl"
curl -fsS "$CLOUDSTREAM_SERVER/v1/topics/packages/partitions/0/records?limit=1"
echo

echo "== what comes out is what went in"
"$cloudstream" consume packages --format '{"key":"%k","value":%s}\n' | sort >"$folder/out"
sort "$folder/packages.ndjson" | cmp - "$folder/out"
wc -l <"$folder/out"
