"""Makes a key.

source: idioms of public pexpect programs: spawn, expect, sendline
status: inferred
"""
# ruff: noqa: INP001 - a script

import pexpect

tool = pexpect.spawn("/opt/cloudhsm/bin/key_mgmt_util", encoding="utf-8", timeout=20)
tool.expect("Command:  ")
tool.sendline("loginHSM -u CU -s alice -p alicepw3")
tool.expect("Command:  ")
tool.sendline("genSymKey -t 31 -s 32 -l daily -nex")
tool.expect("Command:  ")
tool.sendline("exit")
tool.expect(pexpect.EOF)
