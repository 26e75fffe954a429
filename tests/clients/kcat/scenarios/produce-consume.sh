# 100,000 records, keys of 100 values; kcat sets the timestamps itself and the same headers for all.
make_topic "$P-records"
count=100000
from=$(date +%s%3N)
seq "$count" | awk '{ printf "key-%d\tvalue-%d-%s\n", $1 % 100, $1, "abcdefghijklmnopqrstuvwxyz0123456789" }' >"$work/sent"
produce "$P-records" -K '\t' -H origin=kcat -H empty= -l "$work/sent"
to=$(date +%s%3N)
consume "$P-records" '%p\t%o\t%k\t%s\t%T\t%h\n' >"$work/read"
same "$(wc -l <"$work/read")" "$count" "records read"
awk -F'\t' -v from="$from" -v to="$to" '
  function bad(why) { print why ": " $0; failed = 1; exit 1 }
  $2 != next_offset[$1]++ { bad("offset out of sequence") }
  { split($4, value, "-"); n = value[2] + 0 }
  n <= last[$1] + 0 { bad("order in the partition broken") }
  { last[$1] = n }
  $3 != "key-" (n % 100) { bad("key of another record") }
  ($3 in home) && home[$3] != $1 { bad("a key in two partitions") }
  { home[$3] = $1 }
  $5 < from || $5 > to { bad("timestamp not within " from ".." to) }
  $6 != "origin=kcat,empty=" { bad("headers") }
  END { if (failed) exit 1; for (p in last) used++; if (used < 2) { print "only one partition used"; exit 1 } }
' "$work/read" || fail "the records read are not those produced"
same "$(cut -f3,4 "$work/read" | sort | md5sum)" "$(sort "$work/sent" | md5sum)" "keys and values read"
