"""Makes the alerting rules of Prometheus from the catalog of alerts and what is configured."""
