# Several values under one name, an empty one, a null key, a null value (-Z) and an empty key.
make_topic "$P-headers"
echo 'value' | produce "$P-headers" -p 0 -H a=1 -H a=2 -H 'b=x y' -H c=
printf 'k:\n' | produce "$P-headers" -p 0 -K : -Z
printf ':keyless\n' | produce "$P-headers" -p 0 -K :
consume "$P-headers" '%o|%K|%k|%S|%s|%h\n' -p 0 >"$work/read"
cat >"$work/expected" <<'X'
0|-1||5|value|a=1,a=2,b=x y,c=
1|1|k|-1||
X
cmp <(head -2 "$work/read") "$work/expected" || fail "read: $(cat "$work/read")"
says "$work/read" '^2|.*|7|keyless|$' "third record"
