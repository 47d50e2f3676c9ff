"""The translated script: bash with jq and openssl beside cloudhsm-cli."""
