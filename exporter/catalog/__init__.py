"""Names every metric and its labels once; what is published, drawn or explained is made from it."""
