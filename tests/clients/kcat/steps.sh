# What kcat's scenarios share. B: bootstrap, P: prefix, work: a folder of this run.

# kcat makes a topic by producing to it, with as many partitions as the broker gives by default; at least two are needed to show anything.
make_topic() {
  kcat -L -b "$B" -t "$1" >"$work/made" 2>&1
  until_true 20 "topic $1 has partitions" partitions_known "$1"
  partitions=$(partition_count "$1")
  [ "$partitions" -ge 2 ] || fail "topic $1 has $partitions partitions; the broker's default (num.partitions) should be 2 or more"
}

partition_count() { kcat -L -b "$B" -t "$1" 2>/dev/null | grep -c '^    partition [0-9]*, leader [0-9]'; }

partitions_known() { [ "$(partition_count "$1")" -gt 0 ]; }

# until_true SECONDS WHAT COMMAND...: asks again until it holds.
until_true() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "not within the time: $what"
    sleep 0.1
  done
}

# produce TOPIC OPTIONS...: standard input, one record a line; fails on any delivery error.
produce() {
  local topic=$1
  shift
  kcat -P -b "$B" -t "$topic" "$@" 2>"$work/produce.err" || fail "kcat -P $topic $*: $(cat "$work/produce.err")"
  ! grep -qi 'delivery failed\|error' "$work/produce.err" || fail "kcat -P $topic $*: $(cat "$work/produce.err")"
}

# consume TOPIC FORMAT OPTIONS...: everything that is there now, then ends.
consume() {
  local topic=$1 format=$2
  shift 2
  timeout 50 kcat -C -b "$B" -t "$topic" -o beginning -e -q -f "$format" "$@" 2>"$work/consume.err" || fail "kcat -C $topic $*: $(cat "$work/consume.err")"
}

same() { [ "$1" = "$2" ] || fail "$3: '$1', not '$2'"; }

says() { grep -q -- "$2" "$1" || fail "$3: no '$2' in: $(head -c 2000 "$1")"; }
