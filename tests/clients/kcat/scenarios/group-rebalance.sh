# Members write what they read and, on standard error, each assignment. One, then three, then two more than partitions; then all but one leave.
make_topic "$P-shared"
declare -A process
trap 'for m in "${!process[@]}"; do kill "${process[$m]}" 2>/dev/null; done; wait 2>/dev/null; rm -rf "$work"' EXIT

join() {
  kcat -b "$B" -G "$P-group" "$P-shared" -u -f '%p %o %s\n' -X auto.offset.reset=earliest -X session.timeout.ms=6000 -X heartbeat.interval.ms=300 \
    >"$work/$1.out" 2>"$work/$1.err" &
  process[$1]=$!
}

leave() {
  local m
  for m in "$@"; do kill "${process[$m]}"; done
  for m in "$@"; do
    wait "${process[$m]}"
    unset "process[$m]"
  done
}

# The partitions of each living member, by the latest line about it: "assigned: topic [0], topic [1]" or "revoked: …".
owned() {
  local m
  for m in "${!process[@]}"; do
    grep 'rebalanced' "$work/$m.err" | tail -1 | sed -n 's/.*assigned: //p' | grep -o '\[[0-9]*\]' | tr -d '[]' | sed "s/\$/ $m/"
  done | sort -n
}

settled() {
  owned >"$work/owned"
  [ "$(cut -d' ' -f1 "$work/owned" | tr '\n' ' ')" = "$(seq -s ' ' 0 $((partitions - 1))) " ] && [ "$(cut -d' ' -f2 "$work/owned" | sort -u | wc -l)" = "$1" ]
}

send() {
  seq "$1" "$2" >"$work/part"
  produce "$P-shared" -X partitioner=random -l "$work/part"
}

send 1 1000
join m1
until_true 20 "one member owns all $partitions partitions" settled 1
join m2
join m3
send 1001 2000
until_true 20 "three members share $partitions partitions" settled $((partitions < 3 ? partitions : 3))
for n in $(seq 4 $((partitions + 2))); do join "m$n"; done
send 2001 3000
until_true 25 "$((partitions + 2)) members share $partitions partitions, two of them idle" settled "$partitions"
leave $(seq -f 'm%g' 2 $((partitions + 2)))
send 3001 4000
until_true 20 "the last member owns everything again" settled 1
everything_read() { [ "$(cat "$work"/m*.out | cut -d' ' -f3 | sort -n | uniq | wc -l)" = 4000 ]; }
until_true 20 "every record is read" everything_read
leave m1
same "$(cat "$work"/m*.out | cut -d' ' -f3 | sort -n | uniq | md5sum)" "$(seq 4000 | md5sum)" "records read by the group"
