"""Ships windows and events to InfluxDB; the one home of influxdb_client."""
