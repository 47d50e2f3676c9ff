#!/bin/bash
# edit_cfg.sh <IP> ...: writes the servers into both files, with jq where there is one.
set -euo pipefail
MGMT=/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg
CLIENT=/opt/cloudhsm/etc/cloudhsm_client.cfg
if command -v jq > /dev/null; then
    number=0
    for ip in "$@"; do
        jq ".servers[$number] = .servers[0] | .servers[$number].hostname = \"$ip\" | .servers[$number].name = \"hsm$number\"" \
            $MGMT > new.cfg
        cat new.cfg > $MGMT
        number=$((number + 1))
    done
    jq -c ".servers |= .[:$number]" $MGMT > new.cfg && cat new.cfg > $MGMT
    jq --arg ip "$1" '.server.hostname = $ip | .server.port = 2223 | .loadbalance.prefer_same_zone = "yes"' \
        $CLIENT > new.cfg && cat new.cfg > $CLIENT
else
    python3 - "$MGMT" "$CLIENT" "$@" << 'PYTHON'
import json, sys
mgmt, client, *ips = sys.argv[1:]
with open(mgmt) as file:
    content = json.load(file)
template = content["servers"][0]
content["servers"] = [{**template, "hostname": ip, "name": f"hsm{number}"} for number, ip in enumerate(ips)]
with open(mgmt, "w") as file:
    json.dump(content, file)
with open(client) as file:
    content = json.load(file)
content["server"] = {"hostname": ips[0], "port": 2223}
content["loadbalance"]["prefer_same_zone"] = "yes"
with open(client, "w") as file:
    json.dump(content, file, indent=1)
PYTHON
fi
/opt/cloudhsm/bin/cloudhsm_mgmt_util $MGMT << EOF2
loginHSM CO admin adminpw1
quit
EOF2
/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 findKey
