"""``configure``: writes the address of an HSM, or of a whole cluster's, into the two configuration files.

Source: the user guide's page on the tool and real sessions of 2020 to 2022. Both files are written before
anything is printed, as a known program ends ``configure`` once it reads the second name. What is printed on
``--ssl`` and the text for an unknown cluster are choices of this project.
"""

from __future__ import annotations

import sys

from shared.installation import Installation, InstallationError, cfg, cluster_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import NoReturn

SYNOPSIS = """\
configure -h | --help
          -a <ENI IP address>
          -m [-i <daemon_id>]
          --ssl --pkey <private key file> --cert <certificate file>
          --cmu <ENI IP address>
"""
HELP = f"""\
{SYNOPSIS}
-a     write the address of one HSM into the files of both tools
-m     make the servers of cloudhsm_mgmt_util those that the client daemon
       found in the cluster; -i names the daemon (default 1)
--ssl  put another client key and certificate in place; the certificate
       must chain to customerCA.crt
--cmu  do what -a and -m do, asking the cluster itself
"""
NO_CLUSTER = "Unable to read cluster info"
UPDATING = "Updating server config in {path}"
INSERTING = "Inserting '{ip}' into '{path}'"
FROM_CLUSTER = "Updating '{path}' from cluster state"


def main(argv: list[str] | None = None, *, launcher: str | None = None) -> int:
    """Run ``configure`` and return its exit status: 0, 1 (refused, no file changed) or 2 (wrong usage).

    ``launcher`` is the path of the program that the user called; the installation may be found by it.
    """
    try:
        options = _parse(sys.argv[1:] if argv is None else argv)
        if options.help:
            sys.stdout.write(HELP)
            return 0
        lines = _run(options, Installation.find(launcher))
    except _UsageError as error:
        sys.stderr.write(f"usage: {SYNOPSIS}configure: error: {error}\n")
        return 2
    except InstallationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
    except OSError as error:
        # Both files are written; only nobody can be told.
        sys.stderr.write(f"configure: {error}\n")
        return 1
    return 0


class _UsageError(Exception):
    """A command line that the tool does not take."""


def _parse(argv: list[str]) -> argparse.Namespace:
    import argparse

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise _UsageError(message)

    parser = Parser(prog="configure", add_help=False, allow_abbrev=False)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("-h", "--help", action="store_true")
    action.add_argument("-a", dest="address")
    action.add_argument("-m", dest="mgmt", action="store_true")
    action.add_argument("--ssl", action="store_true")
    action.add_argument("--cmu")
    parser.add_argument("-i", dest="daemon_id", type=int)
    parser.add_argument("--pkey")
    parser.add_argument("--cert")
    options = parser.parse_args(argv)
    if options.daemon_id is not None and not options.mgmt:
        parser.error("argument -i: only allowed with argument -m")
    address = options.address if options.address is not None else options.cmu
    if address is not None and not (address and address.isprintable()):
        parser.error("the address is empty or cannot be printed")
    if options.ssl != (options.pkey is not None) or options.ssl != (options.cert is not None):
        parser.error("the arguments --ssl, --pkey and --cert go together")
    return options


def _run(options: argparse.Namespace, place: Installation) -> list[str]:
    """Change the files as asked and return the lines to print."""
    if options.address is not None:
        lines = _updated(place, options.address)
        cfg.set_address(place.client_cfg, place.mgmt_cfg, options.address)
        return lines
    from_cluster = FROM_CLUSTER.format(path=place.mgmt_cfg)
    if options.mgmt:
        info = place.cluster_info(1 if options.daemon_id is None else options.daemon_id)
        cfg.set_servers(place.mgmt_cfg, _some(cluster_info.read(info)))
        return [from_cluster]
    if options.ssl:
        _replace_pair(place, options.cert, options.pkey)
        return [UPDATING.format(path=path) for path in (place.client_cfg, place.mgmt_cfg)]
    lines = [*_updated(place, options.cmu), from_cluster]
    members = _some(cluster_info.ask(place, options.cmu))
    cfg.set_cluster(place.client_cfg, place.mgmt_cfg, options.cmu, members)
    return lines


def _updated(place: Installation, ip: str) -> list[str]:
    text = INSERTING if place.profile == "1.x" else UPDATING
    return [text.format(ip=ip, path=path) for path in (place.client_cfg, place.mgmt_cfg)]


def _some(members: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    if not members:
        raise InstallationError(NO_CLUSTER)
    return members


def _replace_pair(place: Installation, certificate: str, key: str) -> None:
    from shared.installation.certificates import read_pair

    certificate_pem, key_pem = read_pair(certificate, key, place.customer_ca)
    cfg.set_ssl(place.client_cfg, place.mgmt_cfg, (place.client_crt, certificate_pem), (place.client_key, key_pem))
