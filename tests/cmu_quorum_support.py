"""Helpers for tests of CMU's quorum commands: two HSMs with three COs who have quorum keys, and what they sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cmu_support import Step, play, servers_of
from model_support import ADMIN, OTHER, make_world
from sign_support import public_pem, signed

from shared.hsm.quorum import MISC_CO, USER_MGMT
from shared.store.records import Approval, MinimumValue, Token, User

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Officers sign with the test keys of these names.
SIGNERS = {"officer1": "alice", "officer2": "bob", "admin": "carol"}
OFFICER_LINE = "loginHSM CO officer1 another1"
GET_TOKEN = "getToken 3 officer1 officer1.token"
APPROVE = "approveToken approval.txt"
MXN = "RET_MXN_AUTH_FAILED"
INVALID = "HSM Error: Invalid input data/params"


class Office:
    """Two HSMs in step, with quorum at 2 for the services asked for, and a working directory."""

    def __init__(self, folder: Path, *services: int, profile: str = "3.x") -> None:
        self.folder = folder
        self.seen: list[tuple[list[int], list[int]]] = []
        self.world = make_world(folder / "realm", 2, profile)
        session = self.world.realm.open_session("test")
        for hsm in self.world.hsms(session):
            admin = "PCO" if profile == "1.x" else "CO"
            hsm.login(admin, "admin", ADMIN)
            for name in ("officer1", "officer2"):
                hsm.create_user("CO", name, OTHER)
            for name, signer in SIGNERS.items():
                kind = admin if name == "admin" else "CO"
                hsm.register_quorum_key(kind, name, b"proof", signed(signer, b"proof"), public_pem(signer))
            for service in services:
                hsm.set_m_value(service, 2)
        self.world.realm.close_session(session)

    def play(self, *steps: Step) -> str:
        """Return what the shell prints over a script, behind a login of officer1 as the first line."""
        output = play(self.world, OFFICER_LINE, *steps)
        login, _, rest = output.partition("loginHSM success on server 1(10.0.0.2)\n")
        assert "failed" not in login
        return rest

    def twice(self, *steps: Step) -> str:
        """Return what the shell prints with one HSM configured twice, over two logins."""
        sessions = [self.world.realm.open_session("test") for _ in range(2)]
        servers = [servers_of(self.world, session)[0] for session in sessions]
        servers[1].number = 1
        try:
            return play(self.world, OFFICER_LINE, *steps, servers=servers)
        finally:
            for session in sessions:
                self.world.realm.close_session(session)

    def signing(
        self, *names: str, key: str = "", token: str = "officer1.token", file: str = "approval.txt", kind: int = 2
    ) -> Callable[[], None]:
        """Return a step: officers sign the token file, all with one key if it is named, and make the approval file."""

        def step() -> None:
            content = (self.folder / token).read_bytes()
            text = f"Multi Token File Path = {token};\nToken File Path = ;\n\nNumber of Approvals = {len(names)};\n"
            for number, name in enumerate(names, 1):
                signature = signed(key or SIGNERS[name], content)
                (self.folder / f"{file}.sig{number}").write_bytes(signature)
                text += f"\n# Approver {number}\nApprover Type = {kind}; # 2 for CO, 1 for CU\n"
                text += f"Approver Name = {name};\nApproval File = {file}.sig{number};\n"
            (self.folder / file).write_text(text)

        return step

    def approved(self, service: int = USER_MGMT) -> tuple[Step, ...]:
        """Return the steps that get a token approved by two officers."""
        line = f"getToken {service} officer1 officer1.token"
        return line, self.signing("officer1", "officer2"), APPROVE

    def look(self) -> None:
        """Note the tokens and approvals of each HSM; a step, as they end with the script."""
        self.seen.append((self.counts(Token), self.counts(Approval)))

    def counts(self, table: type[Token | Approval] = Token) -> list[int]:
        """Return how many rows of a kind each HSM has."""
        return [self.world.store.count(table, hsm=row.id) for row in self.world.rows]

    def minimum(self, service: int) -> list[int]:
        """Return the minimum value of a service on each HSM, 0 where none is set."""
        found = (self.world.store.one(MinimumValue, hsm=row.id, service=service) for row in self.world.rows)
        return [row.value if row else 0 for row in found]

    def users(self, name: str) -> list[User | None]:
        """Return a user's rows."""
        return [self.world.store.one(User, hsm=row.id, name=name) for row in self.world.rows]


BOTH = (USER_MGMT, MISC_CO)


def write_proof(folder: Path, signer: str = "alice") -> None:
    """Make the three files of a registration."""
    (folder / "message").write_bytes(b"any text")
    (folder / "signature").write_bytes(signed(signer, b"any text"))
    (folder / "key").write_bytes(public_pem(signer))


def on_both(name: str, result: str = "success") -> str:
    """Return the lines of a command that went the same way on both servers."""
    return "".join(f"{name} {result} on server {number}(10.0.0.{number + 1})\n" for number in (0, 1))


def refused_on_both(name: str, text: str) -> str:
    """Return the lines of a command without a question that both servers refused."""
    return "".join(f"{name} failed: {text}\n{name} failed on server {n}(10.0.0.{n + 1})\n" for n in (0, 1))
