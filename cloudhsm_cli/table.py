"""The tree of commands: which file holds which, and the line that help shows for it.

Names only, so that one command is found without importing the others. A name without a file is a group.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from cloudhsm_cli.arguments import Syntax, Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

    class Command(Protocol):
        """What a command's file offers."""

        __name__: str
        SYNTAX: Syntax

        def run(self, shell: Shell, values: Values) -> Data:
            """Carry the command out and return its data.

            Raises:
                CommandError: it cannot be done; the text is the data of the error.
                HsmError: an HSM refused.
            """
            ...


# A name, its file below commands/, and what it is for.
TABLE = {
    "cluster": ("", "Commands for the cluster as a whole"),
    "cluster activate": ("cluster.activate", "Give the first admin a password, which makes the cluster ready for use"),
    "cluster hsm-info": ("cluster.hsm_info", "Show the hardware and firmware of every HSM"),
    "cluster mtls": ("", "Commands for mutual TLS between clients and HSMs"),
    "cluster mtls deregister-trust-anchor": ("cluster.mtls.deregister_trust_anchor", "Remove trust anchors"),
    "cluster mtls get-enforcement": ("cluster.mtls.get_enforcement", "Show whose connections need a certificate"),
    "cluster mtls list-trust-anchors": ("cluster.mtls.list_trust_anchors", "List the trust anchors"),
    "cluster mtls register-trust-anchor": ("cluster.mtls.register_trust_anchor", "Register a trust anchor"),
    "cluster mtls set-enforcement": ("cluster.mtls.set_enforcement", "Set whose connections need a certificate"),
    "crypto": ("", "Sign, and verify signatures"),
    "crypto sign": ("", "Sign with a private key"),
    "crypto sign ecdsa": ("crypto.sign.ecdsa", "Sign using the ecdsa mechanism"),
    "crypto sign ed25519": ("crypto.sign.ed25519", "Sign using the ed25519 mechanism"),
    "crypto sign ed25519ph": ("crypto.sign.ed25519ph", "Sign using the ed25519ph mechanism"),
    "crypto sign ml-dsa": ("crypto.sign.ml_dsa", "Sign using the ml-dsa mechanism"),
    "crypto sign rsa-pkcs": ("crypto.sign.rsa_pkcs", "Sign using the rsa-pkcs mechanism"),
    "crypto sign rsa-pkcs-pss": ("crypto.sign.rsa_pkcs_pss", "Sign using the rsa-pkcs-pss mechanism"),
    "crypto verify": ("", "Verify a signature by a public key"),
    "crypto verify ecdsa": ("crypto.verify.ecdsa", "Verify using the ecdsa mechanism"),
    "crypto verify ed25519": ("crypto.verify.ed25519", "Verify using the ed25519 mechanism"),
    "crypto verify ed25519ph": ("crypto.verify.ed25519ph", "Verify using the ed25519ph mechanism"),
    "crypto verify ml-dsa": ("crypto.verify.ml_dsa", "Verify using the ml-dsa mechanism"),
    "crypto verify rsa-pkcs": ("crypto.verify.rsa_pkcs", "Verify using the rsa-pkcs mechanism"),
    "crypto verify rsa-pkcs-pss": ("crypto.verify.rsa_pkcs_pss", "Verify using the rsa-pkcs-pss mechanism"),
    "key": ("", "Commands for keys"),
    "key delete": ("key.delete", "Delete a key"),
    "key generate-file": ("key.generate_file", "Write a file about a key"),
    "key generate-asymmetric-pair": ("", "Make a pair of a public and a private key"),
    "key generate-asymmetric-pair ec": ("key.generate_asymmetric_pair_ec", "Make an EC key pair"),
    "key generate-asymmetric-pair ml-dsa": ("key.generate_asymmetric_pair_ml_dsa", "Make an ML-DSA key pair"),
    "key generate-asymmetric-pair rsa": ("key.generate_asymmetric_pair_rsa", "Make an RSA key pair"),
    "key generate-symmetric": ("", "Make a secret key"),
    "key generate-symmetric aes": ("key.generate_symmetric_aes", "Make an AES key"),
    "key generate-symmetric generic-secret": ("key.generate_symmetric_generic_secret", "Make a generic secret"),
    "key import": ("", "Take in a key that was made elsewhere"),
    "key import pem": ("key.import_pem", "Take in a public key in PEM format"),
    "key list": ("key.list", "List keys"),
    "key replicate": ("key.replicate", "Copy a key into a cloned cluster"),
    "key set-attribute": ("key.set_attribute", "Change an attribute of a key"),
    "key share": ("key.share", "Let another crypto user use a key"),
    "key unshare": ("key.unshare", "End the sharing of a key"),
    "key unwrap": ("", "Make a key out of its wrapped form"),
    "key unwrap aes-gcm": ("key.unwrap.aes_gcm", "Unwrap using the aes-gcm mechanism"),
    "key unwrap aes-no-pad": ("key.unwrap.aes_no_pad", "Unwrap using the aes-no-pad mechanism"),
    "key unwrap aes-pkcs5-pad": ("key.unwrap.aes_pkcs5_pad", "Unwrap using the aes-pkcs5-pad mechanism"),
    "key unwrap aes-zero-pad": ("key.unwrap.aes_zero_pad", "Unwrap using the aes-zero-pad mechanism"),
    "key unwrap cloudhsm-aes-gcm": ("key.unwrap.cloudhsm_aes_gcm", "Unwrap using the cloudhsm-aes-gcm mechanism"),
    "key unwrap rsa-aes": ("key.unwrap.rsa_aes", "Unwrap using the rsa-aes mechanism"),
    "key unwrap rsa-oaep": ("key.unwrap.rsa_oaep", "Unwrap using the rsa-oaep mechanism"),
    "key unwrap rsa-pkcs": ("key.unwrap.rsa_pkcs", "Unwrap using the rsa-pkcs mechanism"),
    "key wrap": ("", "Wrap a key by another"),
    "key wrap aes-gcm": ("key.wrap.aes_gcm", "Wrap using the aes-gcm mechanism"),
    "key wrap aes-no-pad": ("key.wrap.aes_no_pad", "Wrap using the aes-no-pad mechanism"),
    "key wrap aes-pkcs5-pad": ("key.wrap.aes_pkcs5_pad", "Wrap using the aes-pkcs5-pad mechanism"),
    "key wrap aes-zero-pad": ("key.wrap.aes_zero_pad", "Wrap using the aes-zero-pad mechanism"),
    "key wrap cloudhsm-aes-gcm": ("key.wrap.cloudhsm_aes_gcm", "Wrap using the cloudhsm-aes-gcm mechanism"),
    "key wrap rsa-aes": ("key.wrap.rsa_aes", "Wrap using the rsa-aes mechanism"),
    "key wrap rsa-oaep": ("key.wrap.rsa_oaep", "Wrap using the rsa-oaep mechanism"),
    "key wrap rsa-pkcs": ("key.wrap.rsa_pkcs", "Wrap using the rsa-pkcs mechanism"),
    "login": ("login", "Log in to the cluster"),
    "logout": ("logout", "Log out of the cluster"),
    "quorum": ("", "Commands for quorum authentication"),
    "quorum token-sign": ("", "Commands for quorum authentication by signed tokens"),
    "quorum token-sign delete": ("quorum.token_sign.delete", "Delete tokens"),
    "quorum token-sign generate": ("quorum.token_sign.generate", "Generate a token to be signed"),
    "quorum token-sign list": ("quorum.token_sign.list", "List the tokens of all users"),
    "quorum token-sign list-quorum-values": (
        "quorum.token_sign.list_quorum_values",
        "List how many approvals each service takes",
    ),
    "quorum token-sign set-quorum-value": (
        "quorum.token_sign.set_quorum_value",
        "Set how many approvals a service takes",
    ),
    "user": ("", "Commands for users"),
    "user change-mfa": ("", "Change the second factor of a user"),
    "user change-mfa token-sign": ("user.change_mfa.token_sign", "Register a key for signed tokens, or deregister it"),
    "user change-password": ("user.change_password", "Change the password of a user"),
    "user change-quorum": ("", "Change how a user approves"),
    "user change-quorum token-sign": ("", "Change the key with which a user signs quorum tokens"),
    "user change-quorum token-sign register": ("user.change_quorum.token_sign.register", "Register the key"),
    "user create": ("user.create", "Create a user"),
    "user delete": ("user.delete", "Delete a user"),
    "user list": ("user.list", "List the users of the cluster"),
    "user replicate": ("user.replicate", "Replicate a user to a clone of the cluster"),
}
_PACKAGE = "cloudhsm_cli.commands."
HELP = ("help", "Print this message or the help of the given subcommand(s)")
INTERACTIVE = ("interactive", "Read commands from the terminal, one a line")
QUIT = ("quit", "Leave interactive mode")


def children(path: str) -> list[tuple[str, str]]:
    """Return the names directly below a group (the root: the empty path), each with its about line."""
    prefix = f"{path} " if path else ""
    return [
        (name.removeprefix(prefix), about)
        for name, (_, about) in TABLE.items()
        if name.startswith(prefix) and " " not in name.removeprefix(prefix)
    ]


def is_group(path: str) -> bool:
    """Return whether there are names below this one."""
    return not path or (path in TABLE and not TABLE[path][0])


def load(path: str) -> Command:
    """Return the command of a full name."""
    # What import_module does, without the module that it is in.
    command: Command = __import__(_PACKAGE + TABLE[path][0], fromlist=["run"])
    return command


def name_of(module: str) -> str:
    """Return the full name of the command that is in a module."""
    return next(path for path, (file, _) in TABLE.items() if file and module == _PACKAGE + file)
