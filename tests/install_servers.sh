#!/usr/bin/env bash
# Installs what the tests and the benchmark use beside Python: Prometheus with promtool, Alertmanager, mtail (the
# benchmark's yardstick), InfluxDB with its command line, and VictoriaMetrics (which are shipped to), Lmod, rsyslog,
# logrotate, rsync and acl (for which there are files in deploy/), and what checks those files. Root gets Debian's
# packages, and their services are kept from starting; others are told.
set -euo pipefail

missing=()
command -v promtool >/dev/null || missing+=(prometheus)
command -v prometheus-alertmanager >/dev/null || missing+=(prometheus-alertmanager)
command -v mtail >/dev/null || missing+=(mtail)
command -v influxd >/dev/null || missing+=(influxdb)
command -v influx >/dev/null || missing+=(influxdb-client)
command -v victoria-metrics >/dev/null || missing+=(victoria-metrics)
command -v rsyslogd >/dev/null || [ -x /usr/sbin/rsyslogd ] || missing+=(rsyslog)
[ -n "$(find /usr/lib* -path '*/rsyslog/omrelp.so' -print -quit)" ] || missing+=(rsyslog-relp)
[ -d /usr/share/lmod ] || missing+=(lmod)
command -v logrotate >/dev/null || [ -x /usr/sbin/logrotate ] || missing+=(logrotate)
command -v rsync >/dev/null || missing+=(rsync)
command -v setfacl >/dev/null || missing+=(acl)
command -v systemd-analyze >/dev/null || missing+=(systemd)
command -v shellcheck >/dev/null || missing+=(shellcheck)
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "not installed: ${missing[*]} (Debian's packages of these names); what needs them is skipped, or fails where CI=true" >&2
    exit 0
fi

echo "installing Debian's ${missing[*]} for the tests"
services=()
for package in "${missing[@]}"; do
    case "$package" in
    prometheus | prometheus-alertmanager | mtail | influxdb | victoria-metrics | rsyslog | rsync) services+=("$package.service") ;;
    esac # the others have none, or one that waits for its timer
done
if [ -d /run/systemd/system ] && [ ${#services[@]} -gt 0 ]; then
    systemctl mask --runtime --quiet "${services[@]}"
    trap 'systemctl unmask --runtime --quiet "${services[@]}"; systemctl disable --quiet "${services[@]}"' EXIT
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
