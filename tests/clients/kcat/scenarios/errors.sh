make_topic "$P-errors"
echo one | produce "$P-errors" -p 0

kcat -C -b "$B" -t "$P-missing" -e -X allow.auto.create.topics=false >"$work/unknown" 2>&1 && fail "an unknown topic was consumed"
says "$work/unknown" "Unknown topic or partition" "unknown topic"

head -c 3000000 /dev/zero | tr '\0' x >"$work/large"
kcat -P -b "$B" -t "$P-errors" -p 0 -X message.max.bytes=10000000 "$work/large" >"$work/too-large" 2>&1
says "$work/too-large" "Broker: Message size too large" "too large a message"

timeout 20 kcat -C -b "$B" -t "$P-errors" -p 0 -o 1000 -e -X topic.auto.offset.reset=error >"$work/range" 2>&1
says "$work/range" "Broker: Offset out of range" "an offset beyond the end"
same "$(timeout 20 kcat -C -b "$B" -t "$P-errors" -p 0 -o 1000 -e -q -X topic.auto.offset.reset=earliest)" one "reset to the earliest offset"

echo x | timeout 20 kcat -P -b "$B" -t "$P not a name" >"$work/name" 2>&1 && fail "an invalid topic name was accepted"
says "$work/name" "Broker: Invalid topic" "invalid topic name"

same "$(consume "$P-errors" '%o %s\n' -p 0)" "0 one" "the log after the errors"
