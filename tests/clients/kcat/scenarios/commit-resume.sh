# kcat commits what it printed when it leaves; a group that comes back begins behind that, another one at the beginning.
make_topic "$P-resume"
seq 1000 | produce "$P-resume" -p 0
member() { timeout 40 kcat -b "$B" -G "$1" "$P-resume" -q -f '%o %s\n' -X auto.offset.reset=earliest "${@:2}" 2>"$work/member.err" || fail "kcat -G $*: $(cat "$work/member.err")"; }
member "$P-one" -c 400 >"$work/first"
member "$P-one" -e >"$work/rest"
same "$(head -1 "$work/first") $(tail -1 "$work/first")" "0 1 399 400" "first part"
same "$(head -1 "$work/rest") $(tail -1 "$work/rest")" "400 401 999 1000" "what is left, from exactly there"
same "$(wc -l <"$work/rest")" 600 "records of the second part"
member "$P-two" -e >"$work/all"
same "$(wc -l <"$work/all")" 1000 "another group reads everything"
member "$P-one" -e >"$work/nothing"
same "$(wc -l <"$work/nothing")" 0 "nothing is left for the first group"
