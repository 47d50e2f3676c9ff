"""rotate_password.py OLD NEW: changes the officer's password through pexpect and reads the users back."""
# ruff: noqa: T201 - a script that prints

import sys

import pexpect

old, new = sys.argv[1:]
PROMPT = "aws-cloudhsm>"
child = pexpect.spawn(
    "/opt/cloudhsm/bin/cloudhsm_mgmt_util", ["/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"], timeout=10, encoding="utf-8"
)
child.delaybeforesend = None
child.logfile_read = sys.stdout
child.expect_exact(PROMPT)
child.sendline("enable_e2e")
child.expect_exact(PROMPT)
child.sendline(f"loginHSM CO admin {old}")
answer = child.expect(["HSM Error: RET_USER_LOGIN_FAILURE", r"(?s)(loginHSM success.*){3}" + PROMPT])
if answer == 0:
    child.sendline("quit")
    child.expect(pexpect.EOF)
    sys.exit(3)
child.sendline(f"changePswd CO admin {new}")
child.expect(r"Do you want to continue\(y/n\)\?")
child.sendline("y")
child.expect("(?s)(changePswd success.*){3}" + PROMPT)
child.sendline("listUsers")
child.expect_exact(PROMPT)
# The first server's users: six words each behind the header, whose last word is 2FA.
first = child.before.split("Users on server 1")[0].split()
words = first[first.index("2FA") + 1 :]
users = [words[start : start + 6] for start in range(0, len(words), 6)]
for row, (number, kind, name, *_) in enumerate(users, 1):
    if int(number) != row:
        sys.exit(4)
    print(f"\nuser {number} {kind} {name}")
child.sendline("quit")
child.expect(pexpect.EOF)
child.close()
sys.exit(child.exitstatus)
