"""configure-cli: writes where a cluster's HSMs are, and how the CLI is to work, into cloudhsm-cli.cfg.

Options are from the guide (reference sdk5-cli.md, 1.5). A cluster id is looked up among the simulated clusters, where
the original asks AWS; region and endpoint say which AWS to ask, so they make no difference here. The names of the
fields that the options set are choices of this project where no script shows them.
"""

from __future__ import annotations

import sys

from cloudhsm_cli.arguments import HelpWanted, Option, Syntax, Wrong, read
from cloudhsm_cli.commandline import USAGE_STATUS, VERSION_NUMBER
from cloudhsm_cli.output import complain
from shared.installation import Installation, InstallationError, cli_cfg
from shared.installation.fields import section, sections, text
from shared.installation.files import malformed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.usage import Place

TOOL = "configure-cli"
ABOUT = "Configure the CloudHSM CLI"
SEVERAL = "the configuration file has several clusters: use add-cluster and remove-cluster"
KNOWN = "cluster {cluster} is in the configuration file already"
UNKNOWN = "cluster {cluster} is not in the configuration file"
NO_CLUSTER = "no cluster {cluster}"
NAMELESS = (
    "the cluster in the configuration file has no id and no HSM that is known: configure it by --cluster-id first"
)

_ID = Option("--cluster-id", "CLUSTER_ID", "Id of the cluster whose HSMs are looked up")
_WHERE = (
    Option("--region", "REGION", "Region to look the cluster up in"),
    Option("--endpoint", "ENDPOINT", "Endpoint to look the cluster up at"),
)
_CA = Option("--hsm-ca-cert", "HSM_CA_CERT", "File with the certificate that issued those of the HSMs")
_PAIRS = (
    ("--disable-key-availability-check", "--enable-key-availability-check", "disable_key_availability_check"),
    ("--disable-validate-key-at-init", "--enable-validate-key-at-init", "disable_validate_key_at_init"),
)
_WEAK_HASH = "--enable-ecdsa-with-weak-hash-function"
_CLIENT = (
    ("--client-cert-hsm-tls-file", "client_cert_hsm_tls_file"),
    ("--client-key-hsm-tls-file", "client_key_hsm_tls_file"),
)
_LOGGING = (
    ("--log-level", "log_level"),
    ("--log-rotation", "log_interval"),
    ("--log-file", "log_file"),
    ("--log-type", "log_type"),
)
SYNTAX = Syntax(
    Option("-a", "HSM_IP", "Addresses of the cluster's HSMs", multiple=True, least=1),
    _CA,
    _ID,
    *_WHERE,
    Option("--log-level", "LOG_LEVEL", "What is logged", choices=("error", "warn", "info", "debug", "trace")),
    Option("--log-rotation", "LOG_ROTATION", "How often a new log file begins", choices=("daily", "weekly")),
    Option("--log-file", "LOG_FILE", "The log file; the date is added to its name"),
    Option("--log-type", "LOG_TYPE", "Where the log goes", choices=("term", "file")),
    Option("--disable-key-availability-check", help="Use keys that are on one HSM only"),
    Option("--enable-key-availability-check", help="Use keys only if they are on two HSMs"),
    Option("--disable-validate-key-at-init", help="Leave checks of a key to its use"),
    Option("--enable-validate-key-at-init", help="Check a key when its use begins"),
    Option("--client-cert-hsm-tls-file", "CLIENT_CERT_HSM_TLS_FILE", "The client certificate for mutual TLS"),
    Option("--client-key-hsm-tls-file", "CLIENT_KEY_HSM_TLS_FILE", "The private key to it"),
    Option(_WEAK_HASH, help="Let ECDSA go with a hash that is weaker than the key"),
    subcommands=(
        (
            "add-cluster",
            "Add a cluster to the configuration file",
            Syntax(Option("--cluster-id", "CLUSTER_ID", _ID.help, required=True), *_WHERE, _CA, cluster_id=False),
        ),
        (
            "remove-cluster",
            "Remove a cluster from the configuration file",
            Syntax(Option("--cluster-id", "CLUSTER_ID", "Id of the cluster", required=True), cluster_id=False),
        ),
    ),
    cluster_id=False,
)


def main(argv: list[str] | None = None, *, launcher: str | None = None) -> int:
    """Run ``configure-cli`` and return its exit status: 0, 1 (refused, the file is unchanged) or 2 (wrong usage)."""
    words = sys.argv[1:] if argv is None else argv
    try:
        if not words:
            complain(_place().help())
            return USAGE_STATUS
        if words[0] in ("-V", "--version"):
            sys.stdout.write(f"{TOOL} {VERSION_NUMBER}\n")
        elif words[0] == "help":
            sys.stdout.write(_help(words[1:]))
        else:
            values = read(SYNTAX, words)
            _check(values)
            home = Installation.find(launcher)
            cli_cfg.edit(home.cli_cfg, home.prefix, lambda content: _change(content, values, home))
    except HelpWanted as wanted:
        sys.stdout.write(_place(wanted.name).help())
    except Wrong as wrong:
        from cloudhsm_cli import usage

        complain(getattr(usage, wrong.reason)(_place(wrong.subcommand), *wrong.details))
        return USAGE_STATUS
    except (InstallationError, OSError) as error:
        complain(f"{TOOL}: {error}\n")
        return 1
    return 0


def _place(subcommand: str = "") -> Place:
    from cloudhsm_cli.table import HELP
    from cloudhsm_cli.usage import Place

    for name, about, syntax in SYNTAX.subcommands:
        if name == subcommand:
            return Place(f"{TOOL} {name}", about, syntax)
    names = [(name, about) for name, about, _ in SYNTAX.subcommands]
    return Place(TOOL, ABOUT, SYNTAX, [*names, HELP], version=True)


def _help(words: list[str]) -> str:
    """Return what ``help`` prints about a word, or about the tool."""
    if words[:1] == ["help"]:
        from cloudhsm_cli.table import HELP
        from cloudhsm_cli.usage import help_about_help

        return help_about_help(f"{TOOL} help", HELP[1])
    if words and words[0] not in {name for name, *_ in SYNTAX.subcommands}:
        raise Wrong("unrecognized", words[0])
    return _place(words[0] if words else "").help()


def _check(values: Values) -> None:
    """Refuse values that are empty, options that exclude each other, and those that lack another."""
    if values.subcommand is not None:
        name, inner = values.subcommand
        _check_empty({word: syntax for word, _, syntax in SYNTAX.subcommands}[name], inner, name)
    _check_empty(SYNTAX, values)
    options = {option.flag: option for option in SYNTAX.options}
    given = list(values.given)
    for first, second in ((on, off) for on, off, _ in _PAIRS):
        if values.has(first) and values.has(second):
            early, late = sorted((first, second), key=given.index)
            raise Wrong("conflict", options[early], [options[late]], given)
    if values.has("-a") and values.has("--cluster-id"):
        early, late = sorted(("-a", "--cluster-id"), key=given.index)
        raise Wrong("conflict", options[early], [options[late]], given)
    needs = [(option.flag, "--cluster-id") for option in _WHERE]
    needs += [(_CLIENT[0][0], _CLIENT[1][0]), (_CLIENT[1][0], _CLIENT[0][0])]
    for flag, needed in needs:
        if values.has(flag) and not values.has(needed):
            raise Wrong("missing", [options[needed]], given)


def _check_empty(syntax: Syntax, values: Values, subcommand: str = "") -> None:
    """Refuse empty values, as a variable that is not set leaves them: none would name an address or a file."""
    for option in syntax.options:
        if "" in values.all(option.flag):
            wrong = Wrong("missing_value", option)
            wrong.subcommand = subcommand
            raise wrong


def _change(content: dict[str, Any], values: Values, home: Installation) -> None:
    """Change what the file holds; InstallationError if the change is refused."""
    if values.subcommand is not None:
        name, inner = values.subcommand
        change = _add if name == "add-cluster" else _remove
        change(content, inner, home)
        return
    cluster = _only_cluster(content, home)
    if values.has("-a"):
        cluster["servers"] = cli_cfg.servers(values.all("-a"))
    wanted = values.get("--cluster-id")
    if wanted is not None:
        # The id comes first, as in an entry that add-cluster makes.
        rest = {name: value for name, value in cluster.items() if name != "cluster_id"}
        cluster.clear()
        cluster.update({"cluster_id": wanted, **rest, "servers": cli_cfg.servers(_addresses(home, wanted))})
    if values.has("--hsm-ca-cert"):
        cluster["hsm_ca_file"] = _absolute(values.text("--hsm-ca-cert"))
    cluster.update({field: _absolute(values.text(flag)) for flag, field in _CLIENT if values.has(flag)})
    cluster.setdefault("options", {})
    options = section(home.cli_cfg, "clusters[0].cluster", cluster, "options")
    for off, on, field in _PAIRS:
        if values.has(off) or values.has(on):
            options[field] = values.has(off)
    if values.has(_WEAK_HASH):
        options["enable_ecdsa_with_weak_hash_function"] = True
    content.setdefault("logging", {})
    logging = section(home.cli_cfg, "", content, "logging")
    logging.update({field: values.text(flag) for flag, field in _LOGGING if values.has(flag)})
    if values.has("--log-file"):
        logging["log_file"] = _absolute(values.text("--log-file"))


def _only_cluster(content: dict[str, Any], home: Installation) -> dict[str, Any]:
    """Return the cluster of the file; InstallationError if there are several, or none."""
    found = sections(home.cli_cfg, content, "clusters")
    if not found:
        raise malformed(home.cli_cfg, "clusters is empty")
    if len(found) > 1:
        raise InstallationError(SEVERAL)
    return section(home.cli_cfg, "clusters[0]", found[0], "cluster")


def _add(content: dict[str, Any], values: Values, home: Installation) -> None:
    """Add a cluster; one that was configured by its address gets its id, the placeholder goes."""
    wanted = values.text("--cluster-id")
    clusters = sections(home.cli_cfg, content, "clusters")
    kept = []
    for position, entry in enumerate(clusters):
        cluster = section(home.cli_cfg, f"clusters[{position}]", entry, "cluster")
        hostnames = [server.get("hostname") for server in sections(home.cli_cfg, cluster, "servers")]
        if hostnames == [cli_cfg.UNSET_HOSTNAME]:
            continue
        known = text(home.cli_cfg, "cluster", cluster, "cluster_id", "") or _id_at(home, hostnames)
        if known == wanted:
            raise InstallationError(KNOWN.format(cluster=wanted))
        rest = {name: value for name, value in cluster.items() if name != "cluster_id"}
        kept.append({**entry, "cluster": {"cluster_id": known, **rest}})
    ca_file = _absolute(values.get("--hsm-ca-cert") or home.customer_ca)
    content["clusters"] = [*kept, cli_cfg.cluster(_addresses(home, wanted), ca_file, wanted)]


def _remove(content: dict[str, Any], values: Values, home: Installation) -> None:
    """Remove a cluster; after the last one the file is as before the first."""
    wanted = values.text("--cluster-id")
    clusters = sections(home.cli_cfg, content, "clusters")
    ids = [
        section(home.cli_cfg, f"clusters[{position}]", entry, "cluster").get("cluster_id")
        for position, entry in enumerate(clusters)
    ]
    left = [entry for entry, known in zip(clusters, ids, strict=True) if known != wanted]
    if len(left) == len(clusters):
        raise InstallationError(UNKNOWN.format(cluster=wanted))
    content["clusters"] = left or cli_cfg.stock(home.prefix)["clusters"]


def _addresses(home: Installation, cluster: str) -> list[str]:
    """Return the addresses of a simulated cluster's HSMs."""
    from shared.cluster.directory import addresses_of
    from shared.store.protocol import StoreError

    try:
        found = addresses_of(home, cluster)
    except StoreError as error:
        raise InstallationError(str(error)) from error
    if not found:
        raise InstallationError(NO_CLUSTER.format(cluster=cluster))
    return found


def _id_at(home: Installation, hostnames: list[Any]) -> str:
    """Return the id of the cluster that one of the addresses belongs to."""
    from shared.cluster.directory import cluster_at
    from shared.store.protocol import StoreError

    try:
        found = next(filter(None, (cluster_at(home, hostname) for hostname in hostnames if hostname)), None)
    except StoreError as error:
        raise InstallationError(str(error)) from error
    if found is None:
        raise InstallationError(NAMELESS)
    return found


def _absolute(path: str) -> str:
    import os

    return os.path.abspath(path)
