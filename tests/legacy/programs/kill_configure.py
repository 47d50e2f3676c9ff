"""kill_configure.py IP: takes configure for done once it has named the second file, and kills it."""

import sys

import pexpect

child = pexpect.spawn("/opt/cloudhsm/bin/configure", ["-a", sys.argv[1]], timeout=10)
child.delaybeforesend = None
child.expect_exact("cloudhsm_mgmt_util.cfg")
child.close(force=True)
