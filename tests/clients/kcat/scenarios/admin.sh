skip "kcat has no admin calls beside its metadata listing"
