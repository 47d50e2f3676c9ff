"""exchange_key.py USER: makes a pair and exports its public key, and puts a new AES key in the place of the old one.

source: idioms of public subprocess programs: singlecmd, handles out of what it printed
status: inferred
"""
# ruff: noqa: ANN001, ANN002, ANN201, D103, INP001, PLW1510, S603, UP031 - as people write them

import re
import subprocess
import sys

user = sys.argv[1]
KMU = ["/opt/cloudhsm/bin/key_mgmt_util", "singlecmd", "loginHSM", "-u", "CU", "-s", user]
KMU += ["-p", "password1"]


def kmu(*words):
    done = subprocess.run([*KMU, *words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout)
    return done.stdout


def handle_in(out):
    for line in out.splitlines():
        if "Key Handle" in line:
            return line.split(":")[1].strip()
    raise RuntimeError("no handle in: " + out)


public, private = re.search(
    r"public key handle: (\d+)\s+private key handle: (\d+)", kmu("genECCKeyPair", "-i", str(2), "-l", "signing")
).groups()
kmu("exportPubKey", "-k", public, "-out", "%s.pub" % "signing")
old = handle_in(kmu("genSymKey", "-t", "31", "-s", "32", "-l", "data-1"))
new = kmu("genSymKey", "-t", "31", "-s", "32", "-l", "data-" + str(1 + 1)).split("Key Handle: ")[1].split()[0]
kmu("deleteKey", "-k", old)
listing = kmu("findKey", "-l", "data-2")
found = re.search(r"Handles of matching keys:\s+(.*)", listing).group(1).split(", ")
for handle in found:
    if handle != new:
        kmu("deleteKey", "-k", handle)
