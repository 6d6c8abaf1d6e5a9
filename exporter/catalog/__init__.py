"""Names every metric, window field and tier once; what is published, drawn, exported or explained is made from it."""
