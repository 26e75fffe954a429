# First offset at or after a time; the end for a later time; consuming from a time and up to one.
make_topic "$P-times"
echo first | produce "$P-times" -p 0
t0=$(consume "$P-times" '%T' -p 0)
until_true 5 "the clock moves on" test "$(date +%s%3N)" -gt $((t0 + 5))
printf 'second\nthird\n' | produce "$P-times" -p 0
t1=$(consume "$P-times" '%T\n' -p 0 | sed -n 2p)
query() { kcat -Q -b "$B" -t "$P-times:0:$1" 2>&1 | sed 's/.*offset //'; }
same "$(query 0)" 0 "offset at time 0"
same "$(query "$t0")" 0 "offset at the first record's time"
same "$(query $((t0 + 1)))" 1 "offset after the first record"
same "$(query "$t1")" 1 "offset at the second record's time"
same "$(query -1)" 3 "latest offset"
same "$(query -2)" 0 "earliest offset"
same "$(query $((t1 + 3600000)))" -1 "no record at or after that time"
same "$(timeout 20 kcat -C -b "$B" -t "$P-times" -p 0 -o "s@$((t0 + 1))" -e -q)" "$(printf 'second\nthird')" "from a time"
same "$(timeout 20 kcat -C -b "$B" -t "$P-times" -p 0 -o s@1 -o "e@$((t0 + 1))" -e -q)" first "up to a time"
same "$(timeout 20 kcat -C -b "$B" -t "$P-times" -p 0 -o -1 -e -q)" third "the last one"
same "$(timeout 20 kcat -C -b "$B" -t "$P-times" -p 0 -o 1 -c 1 -q)" second "from an offset"
