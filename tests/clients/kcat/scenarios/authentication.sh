# Who the client is, by SASL PLAIN: every call below is alice's, by kcat's own file of settings.
export KCAT_CONFIG=$work/kcat.conf
printf '%s\n' security.protocol=SASL_PLAINTEXT sasl.mechanism=PLAIN sasl.username=alice sasl.password=alice-secret >"$KCAT_CONFIG"

make_topic "$P-authentication"
seq 100 | produce "$P-authentication" -p 0
same "$(consume "$P-authentication" '%s ' -p 0)" "$(seq -s ' ' 100) " "what alice has read"
timeout 20 kcat -b "$B" -G "$P-group" -o beginning -e -q "$P-authentication" >"$work/member" 2>&1 || fail "kcat -G: $(tail -3 "$work/member")"

sed -i s/alice-secret/wrong/ "$KCAT_CONFIG"
timeout 20 kcat -L -b "$B" >"$work/wrong" 2>&1 && fail "a wrong password was accepted"
says "$work/wrong" "Authentication failed: Invalid username or password" "a wrong password"
