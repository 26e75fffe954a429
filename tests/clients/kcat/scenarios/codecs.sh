make_topic "$P-codecs"
seq 5000 | sed 's/.*/a value that compresses well, number &, a value that compresses well/' >"$work/sent"
for codec in none gzip snappy lz4 zstd; do
  sed "s/^/$codec: /" "$work/sent" | produce "$P-codecs" -p 0 -X compression.codec="$codec"
  sed "s/^/$codec: /" "$work/sent" >>"$work/expected"
done
consume "$P-codecs" '%s\n' -p 0 >"$work/read"
cmp "$work/expected" "$work/read" || fail "what came back is not what went in"
# Bytes that are no text, in every codec.
head -c 300000 /dev/urandom >"$work/bytes"
p=0
for codec in gzip snappy lz4 zstd; do
  kcat -P -b "$B" -t "$P-codecs" -p 1 -z "$codec" "$work/bytes" || fail "kcat -P -z $codec of bytes"
  timeout 20 kcat -C -b "$B" -t "$P-codecs" -p 1 -o "$p" -c 1 -q -D '' >"$work/bytes.read" || fail "kcat -C of $codec bytes"
  cmp "$work/bytes" "$work/bytes.read" || fail "$codec: the bytes came back changed"
  p=$((p + 1))
done
