"""wrap_keys.py: makes a wrapping key and a data key for each service, and wraps the data keys.

source: idioms of public pexpect programs: functions around sendline and expect, a handle out of child.before
status: inferred
"""
# ruff: noqa: ANN001, ANN201, D103, INP001, S105, T201, UP031, UP032 - as people write them

import re
import sys

import pexpect

USER = "alice"
PASSWORD = "password1"
SERVICES = ["billing", "mail"]
PROMPT = "Command:  "


def command(child, line):
    child.sendline(line)
    child.expect_exact(PROMPT)
    if "SUCCESS" not in child.before:
        print("failed: %s" % line, file=sys.stderr)
        child.sendline("exit")
        sys.exit(1)
    return child.before


def make_key(child, label, size=32):
    out = command(child, "genSymKey -t 31 -s %d -l %s" % (size, label))
    found = re.search(r"Key Handle: (\d+)", out)
    if not found:
        raise RuntimeError("no handle in: %s" % out)
    return found.group(1)


def main():
    child = pexpect.spawn("/opt/cloudhsm/bin/key_mgmt_util", encoding="utf-8", timeout=30)
    child.expect_exact(PROMPT)
    try:
        command(child, "loginHSM -u CU -s {} -p {}".format(USER, PASSWORD))
    except pexpect.TIMEOUT:
        sys.exit(2)
    kek = make_key(child, "kek-%04d" % 7)
    for number, service in enumerate(SERVICES, start=1):
        key = make_key(child, f"{service}-{number:02d}", size=16)
        command(child, f"wrapKey -noheader -m 4 -k {key} -w {kek} -out {service}.wrapped")
        command(child, "deleteKey -k %s" % key)
    child.sendline("findKey -l mail-02")
    child.expect(r"Total number of keys present: (\d+)")
    if child.match.group(1) != "0":
        sys.exit(3)
    child.sendline("exit")
    child.expect(pexpect.EOF)


if __name__ == "__main__":
    main()
