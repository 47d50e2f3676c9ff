"""make_pair.py USER PASSWORD LABEL: makes an RSA pair and picks the handles out of the words of the answer."""
# ruff: noqa: T201 - a script that prints

import subprocess
import sys

user, password, label = sys.argv[1:]
command = ["/opt/cloudhsm/bin/key_mgmt_util", "singlecmd", "loginHSM", "-u", "CU", "-s", user, "-p", password]
command += ["genRSAKeyPair", "-m", "2048", "-e", "65537", "-l", label]
done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
words = done.stdout.split()
public, private = words[words.index("public") + 3], words[words.index("private") + 3]
print(f"pair {int(public)} {int(private)}")
