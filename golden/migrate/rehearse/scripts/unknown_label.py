"""Makes two keys, the second under a label that only a run knows.

source: idioms of public pexpect programs: spawn, expect, sendline
status: inferred
"""
# ruff: noqa: INP001 - a script

import platform

import pexpect

label = f"{platform.python_implementation().lower()}-key"
tool = pexpect.spawn("/opt/cloudhsm/bin/key_mgmt_util", encoding="utf-8", timeout=20)
tool.expect("Command:  ")
tool.sendline("loginHSM -u CU -s alice -p password1")
tool.expect("Command:  ")
tool.sendline("genSymKey -t 31 -s 32 -l first")
tool.expect("Command:  ")
tool.sendline(f"genSymKey -t 31 -s 32 -l {label}")
tool.expect("Command:  ")
tool.sendline("exit")
tool.expect(pexpect.EOF)
