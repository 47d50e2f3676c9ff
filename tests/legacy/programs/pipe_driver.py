"""Drives the key tool over two pipes, as a process builder does, and counts on one read for one result block."""
# ruff: noqa: T201 - a script that prints

import os
import select
import subprocess
import sys

PROMPT = b"\nCommand:  "


def block(tool: subprocess.Popen[bytes]) -> bytes:
    """Return what one read gives."""
    if not select.select([tool.stdout], [], [], 10)[0]:
        sys.exit("TIMEOUT")
    return os.read(tool.stdout.fileno(), 65536)


tool = subprocess.Popen(["/opt/cloudhsm/bin/key_mgmt_util"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
if not block(tool).endswith(PROMPT):
    sys.exit("the start comes in pieces")
for line, wanted in (
    ("loginHSM -u CU -s alice -p password1", [b"Cfm3LoginHSM returned: 0x00", b"Node id 2"]),
    ("genSymKey -t 31 -s 32 -l one", [b"Key Handle: ", b"Node id 2"]),
    (
        "findKey -l one",
        [b"Total number of keys present: 1\n", b"Handles of matching keys:\n\t", b"Cfm3FindKey returned"],
    ),
    ("listUsers", [b"Number Of Users Found: 3", b"alice", b"Cfm3ListUsers returned: 0x00"]),
):
    tool.stdin.write(line.encode() + b"\n")
    tool.stdin.flush()
    answer = block(tool)
    if not answer.endswith(PROMPT) or not all(part in answer for part in wanted):
        sys.exit(f"{line}: in pieces: {answer}")
    print(answer.decode())
# No exit: the end of input is enough.
tool.stdin.close()
sys.exit(tool.wait(10))
