# What librdkafka's older version makes of the ranges that the broker lists: a feature outside them is silently off.
kcat -L -b "$B" -d feature >"$work/features" 2>&1 || fail "kcat -L: $(tail -3 "$work/features")"
for feature in ApiVersion BrokerGroupCoordinator BrokerBalancedConsumer IdempotentProducer LZ4 MsgVer2 OffsetTime SaslAuthReq SaslHandshake ZSTD; do
  says "$work/features" "Enabling feature $feature" "feature $feature"
done
