# The listing names the broker, its controller and each partition with leader, replicas and in-sync replicas.
make_topic "$P-listed"
kcat -L -b "$B" >"$work/all" || fail "kcat -L: exit code $?"
says "$work/all" '^ [1-9][0-9]* brokers:' "no broker listed"
says "$work/all" '^  broker [0-9]* at .*:[0-9]* (controller)' "no controller listed"
says "$work/all" "^  topic \"$P-listed\" with $partitions partitions:" "topic not listed"
same "$(grep -A "$partitions" "topic \"$P-listed\"" "$work/all" | grep -c '^    partition [0-9]*, leader \([0-9]*\), replicas: \1, isrs: \1$')" "$partitions" "partitions with a leader that is its own replica"
kcat -L -J -b "$B" -t "$P-listed" >"$work/json" || fail "kcat -L -J: exit code $?"
says "$work/json" "\"topic\":\"$P-listed\"" "JSON listing"
