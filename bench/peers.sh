#!/usr/bin/env bash
# Unpacks Debian's crowdsec and fail2ban into bench/.cache/peers, without installing them, for bench/replay.ts.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
peers=$here/.cache/peers
mkdir -p "$peers"
cd "$peers"
for package in crowdsec fail2ban; do
  [ -d "$package" ] && continue
  apt-get download "$package"
  mkdir "$package"
  dpkg -x "$package"_*.deb "$package"
done
# crowdsec: its own configuration with the parsers that read an auth.log, no scenario, and a database of its own.
c=$peers/crowdsec
b=$c/bench
[ -f "$b/config.yaml" ] && exit 0
hub=$c/usr/share/crowdsec/hub
mkdir -p "$b"/{parsers/s00-raw,parsers/s01-parse,parsers/s02-enrich,scenarios,postoverflows,hub,data,notifications,plugins}
cp "$hub"/parsers/s00-raw/crowdsecurity/syslog-logs.yaml "$b/parsers/s00-raw/"
cp "$hub"/parsers/s01-parse/crowdsecurity/{sshd-logs,iptables-logs}.yaml "$b/parsers/s01-parse/"
cp "$hub"/parsers/s02-enrich/crowdsecurity/dateparse-enrich.yaml "$b/parsers/s02-enrich/"
cp -r "$c"/usr/share/crowdsec/config/patterns "$b/patterns" 2>/dev/null || cp -r "$(find "$c" -type d -name patterns | head -n 1)" "$b/patterns"
echo '{"parsers":{},"scenarios":{},"collections":{},"postoverflows":{}}' >"$b/hub/.index.json"
cat >"$b/config.yaml" <<EOF
common: { daemonize: false, log_media: stdout, log_level: error, working_dir: . }
config_paths: { config_dir: $b, data_dir: $b/data, hub_dir: $b/hub, index_path: $b/hub/.index.json, notification_dir: $b/notifications, plugin_dir: $b/plugins, simulation_path: $b/simulation.yaml }
crowdsec_service: { acquisition_path: $b/acquis.yaml, parser_routines: 1 }
cscli: { output: human }
db_config: { type: sqlite, db_path: $b/data/crowdsec.db, log_level: error }
api:
  client: { insecure_skip_verify: false, credentials_path: $b/credentials.yaml }
  server: { log_level: error, listen_uri: 127.0.0.1:18099, profiles_path: $b/profiles.yaml, console_path: $b/console.yaml }
prometheus: { enabled: false, level: none, listen_addr: 127.0.0.1, listen_port: 16060 }
plugin_config: { user: nobody, group: nogroup }
EOF
touch "$b/acquis.yaml" "$b/console.yaml"
echo 'simulation: off' >"$b/simulation.yaml"
printf 'name: none\nfilters: ["false"]\ndecisions: []\non_success: break\n' >"$b/profiles.yaml"
echo 'url: http://127.0.0.1:18099' >"$b/credentials.yaml"
"$c/usr/bin/cscli" -c "$b/config.yaml" machines add bench --password bench -f "$b/credentials.yaml" --force >/dev/null
echo "peers are ready in $peers"
