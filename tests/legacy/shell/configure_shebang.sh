#!/bin/bash
# Gives configure the interpreter of this machine, as one image build does.
set -euo pipefail
sed -i "1s|.*|#!/usr/bin/python3|" /opt/cloudhsm/bin/configure
head -n 1 /opt/cloudhsm/bin/configure
/opt/cloudhsm/bin/configure -a 10.0.0.3
