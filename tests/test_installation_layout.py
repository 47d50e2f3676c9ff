"""What ``cloudhsm-sim install`` makes, what it leaves alone, and what starts from there."""

import argparse
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from model_support import DATA, make_installation

from cloudhsm_sim.commands import install
from shared.installation import Installation, InstallationError, init_script, launcher
from shared.installation.files import replace_files
from shared.installation.layout import lay_out

ROOT = Path(__file__).parents[1]
SYSTEM_PYTHON = "/usr/bin/python3"
TOOLS = [
    "Cfm2Util",
    "Cfm3Util",
    "client_info",
    "cloudhsm-cli",
    "cloudhsm_client",
    "cloudhsm_mgmt_util",
    "configure",
    "configure-cli",
    "key_mgmt_util",
]


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDHSM_SIM_HOME", raising=False)
    monkeypatch.delenv("CLOUDHSM_SIM_PROFILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def place(tmp_path: Path) -> Installation:
    return lay_out(str(tmp_path / "sim"))


def mode(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def snapshot(prefix: str) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path(prefix).rglob("*") if path.is_file()}


def configure(place: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [f"{place.bin_dir}/configure", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def works(place: Installation) -> bool:
    done = configure(place, "-a", "10.0.0.1")
    return (done.returncode, done.stderr) == (0, "") and "cloudhsm_mgmt_util.cfg" in done.stdout


def test_what_is_made(place: Installation) -> None:
    assert sorted(os.listdir(place.prefix)) == ["bin", "daemon", "data", "etc", "lib", "log", "run"]
    assert sorted(os.listdir(place.bin_dir)) == TOOLS
    assert sorted(os.listdir(place.etc_dir)) == [
        *("certs", "client.crt", "client.key", "cloudhsm-cli.cfg", "cloudhsm_client.cfg", "cloudhsm_mgmt_util.cfg"),
        *("cloudhsm_sim.cfg", "customerCA.crt", "customerCA.key"),
    ]
    assert Path(place.prefix, "daemon", "1").is_dir()
    assert os.listdir(place.data_dir) == []


def test_what_is_secret_is_private(place: Installation) -> None:
    for path in (place.data_dir, place.run_dir):
        assert mode(path) == 0o700
    for path in (place.customer_key, place.client_key):
        assert mode(path) == 0o600
    for tool in TOOLS:
        assert mode(f"{place.bin_dir}/{tool}") == 0o755


def test_the_owners_certificate(place: Installation) -> None:
    certificate = x509.load_pem_x509_certificate(Path(place.customer_ca).read_bytes())
    certificate.verify_directly_issued_by(certificate)
    assert certificate.subject.rfc4514_string() == "CN=CloudHSM simulator customer CA"
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_cfg_files_name_the_prefix(place: Installation) -> None:
    servers = json.loads(Path(place.mgmt_cfg).read_text())["servers"]
    assert servers[0]["e2e_encryption"]["owner_cert_path"] == place.customer_ca
    assert json.loads(Path(place.client_cfg).read_text())["ssl"]["pkey"] == place.client_key


def test_a_second_time_changes_nothing(place: Installation) -> None:
    Path(place.data_dir, "cloudhsm.db").write_text("data")
    Path(place.client_cfg).write_text("{}")
    Path(place.customer_ca).write_text("the user's own")
    before = snapshot(place.prefix)
    lay_out(place.prefix)
    assert snapshot(place.prefix) == before


def test_a_second_time_mends_launchers_and_permissions(place: Installation) -> None:
    Path(place.bin_dir, "configure").unlink()
    Path(place.data_dir).chmod(0o755)
    lay_out(place.prefix)
    assert works(place)
    assert mode(place.data_dir) == 0o700


def test_a_second_time_sets_the_profile_only_if_asked(place: Installation) -> None:
    settings = json.loads(Path(place.simulator_cfg).read_text()) | {"max_keys": 5}
    Path(place.simulator_cfg).write_text(json.dumps(settings))
    assert lay_out(place.prefix, "1.x").profile == "1.x"
    assert lay_out(place.prefix).profile == "1.x"
    assert Installation(place.prefix).setting("max_keys", 3300) == 5


def test_a_lost_owners_certificate_comes_back_under_its_key(place: Installation) -> None:
    key = x509.load_pem_x509_certificate(Path(place.customer_ca).read_bytes()).public_key()
    Path(place.customer_ca).unlink()
    lay_out(place.prefix)
    assert x509.load_pem_x509_certificate(Path(place.customer_ca).read_bytes()).public_key() == key


def test_an_owners_key_of_another_kind_is_not_used(place: Installation) -> None:
    Path(place.customer_ca).unlink()
    shutil.copy(DATA / "rsa2048-1.pem", place.customer_key)
    with pytest.raises(InstallationError, match=r"^the key of CloudHSM simulator customer CA is no EC key$"):
        lay_out(place.prefix)
    assert not Path(place.customer_ca).exists()


def test_a_spoilt_profile_is_refused_or_replaced(place: Installation) -> None:
    Path(place.simulator_cfg).write_text('{"profile": "2.x"}')
    with pytest.raises(InstallationError, match=r"^unknown profile '2\.x': choose 3\.x or 1\.x$"):
        lay_out(place.prefix)
    assert lay_out(place.prefix, "1.x").profile == "1.x"


def test_programs_of_the_original_are_not_overwritten(tmp_path: Path) -> None:
    program = tmp_path / "sim" / "bin" / "key_mgmt_util"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"\x7fELF")
    with pytest.raises(InstallationError, match=f"^{program} is no launcher of this simulator: move it away"):
        lay_out(str(tmp_path / "sim"))
    assert os.listdir(tmp_path / "sim") == ["bin"]
    assert program.read_bytes() == b"\x7fELF"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prefix": ""}, "no folder was named to lay out"),
        ({"profile": "2.x"}, "unknown profile '2.x': choose 3.x or 1.x"),
        ({"python": ""}, "no launcher can be made: the path of this interpreter is not known"),
        ({"python": "/a\\b"}, "no launcher can name the interpreter '/a\\\\b'"),
        ({"python": "/a\udcff"}, "the path of the interpreter is not in UTF-8: '/a\\udcff'"),
        ({"prefix": "/dev/null/a\udcff"}, "the path of the folder is not in UTF-8: '/dev/null/a\\udcff'"),
        ({"service": True}, "a service is set up only for /opt/cloudhsm, not for {prefix}"),
    ],
)
def test_refusals_make_nothing(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    prefix = str(tmp_path / "sim")
    with pytest.raises(InstallationError) as caught:
        lay_out(**({"prefix": prefix} | arguments))
    assert str(caught.value) == message.format(prefix=prefix)
    assert os.listdir(tmp_path) == []


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "sim").write_text("")
    with pytest.raises(InstallationError, match=f"^cannot lay out {tmp_path}/sim: "):
        lay_out(str(tmp_path / "sim"))


def test_no_service_without_a_folder_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(init_script, "INIT_SCRIPT", str(tmp_path / "missing" / "cloudhsm-client"))
    with pytest.raises(InstallationError, match=r"^no service can be set up: .*/missing is missing or"):
        lay_out("/opt/cloudhsm", service=True)


def test_a_launcher_starts_its_tool(place: Installation) -> None:
    assert works(place)


def test_a_launcher_needs_no_environment(place: Installation, tmp_path: Path) -> None:
    (tmp_path / "shared.py").write_text("raise SystemExit('the wrong module')")
    done = subprocess.run(
        [f"{place.bin_dir}/configure", "-a", "10.0.0.1"],
        env={"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path(SYSTEM_PYTHON).exists(), reason="no system Python")
def test_the_first_line_may_be_replaced(place: Installation) -> None:
    path = f"{place.bin_dir}/configure"
    subprocess.run(["sed", "-i", f"1s|.*|#!{SYSTEM_PYTHON}|", path], check=True)
    assert Path(path).read_text().startswith(f"#!{SYSTEM_PYTHON}\n")
    assert works(place)
    # This one imports cryptography, which that interpreter may have in an older version.
    done = configure(place, "--ssl", "--pkey", place.customer_key, "--cert", place.customer_ca)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_launcher_may_be_given_to_an_interpreter(place: Installation) -> None:
    words = [sys.executable, "configure", "-a", "a b"]
    done = subprocess.run(words, cwd=place.bin_dir, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert '"hostname": "a b"' in Path(place.client_cfg).read_text()


IMPORT = "from cloudhsm_sim.configure import main\n"
INTERRUPT = "os.kill(os.getpid(), 2)\n"


@pytest.mark.parametrize(
    ("moment", "ignored", "status"),
    [
        (INTERRUPT + IMPORT, False, -signal.SIGINT),
        (INTERRUPT + IMPORT, True, 0),
        (f"def main(*_, **__): {INTERRUPT}", False, 130),
    ],
)
def test_an_interrupt_ends_a_launcher_without_a_word(
    place: Installation, moment: str, ignored: bool, status: int
) -> None:
    """It ends it as any program, or as main says; not at all if it was started so, as by nohup."""
    path = Path(place.bin_dir, "configure")
    path.write_text(path.read_text().replace(IMPORT, moment))
    disposition = signal.SIG_IGN if ignored else signal.SIG_DFL
    done = subprocess.run(
        [path, "--help"],
        capture_output=True,
        check=False,
        timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, disposition),
    )
    assert (done.returncode, done.stderr) == (status, b"")


def test_files_are_replaced_even_if_they_are_interrupted(place: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, etc = os.replace, sorted(os.listdir(place.etc_dir))

    def interrupted(source: str, target: str) -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        replace(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_files([(place.client_cfg, b"1", 0o644), (place.mgmt_cfg, b"2", 0o644)])
    assert (Path(place.client_cfg).read_bytes(), Path(place.mgmt_cfg).read_bytes()) == (b"1", b"2")
    assert sorted(os.listdir(place.etc_dir)) == etc


def shell(place: Installation, line: str) -> subprocess.CompletedProcess[str]:
    words = ["sh", "-c", line.format(prefix=place.prefix)]
    done = subprocess.run(
        words, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, cwd=place.bin_dir
    )
    done.stdout = done.stdout.replace(place.prefix, "PREFIX")
    return done


# A program in C writes to a closed stream without noticing, and one in Rust has it opened as /dev/null.
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    "words",
    [
        "key_mgmt_util singlecmd loginHSM -u CU -s alice -p alicepw1 genSymKey -t 31 -s 32 -l new",
        "key_mgmt_util",
        "cloudhsm-cli -V",
        "cloudhsm-cli interactive",
        "cloudhsm_mgmt_util {prefix}/etc/cloudhsm_mgmt_util.cfg",
        "configure -a 10.0.0.1",
        "configure --help",
        "configure-cli -V",
        "client_info",
    ],
)
def test_a_closed_stream_leads_nowhere(tmp_path: Path, words: str, closed: str) -> None:
    place, other = (make_installation(tmp_path / name) for name in ("one", "other"))
    done, usual = shell(place, f"./{words} {closed}"), shell(other, f"./{words}")
    shown = "" if ">&-" in closed.replace("2>&-", "") else usual.stdout
    assert (done.returncode, done.stdout, done.stderr) == (usual.returncode, shown, "")
    store = shell(place, "./key_mgmt_util singlecmd loginHSM -u CU -s alice -p alicepw1 findKey").stdout
    assert store == shell(other, "./key_mgmt_util singlecmd loginHSM -u CU -s alice -p alicepw1 findKey").stdout
    assert Path(place.session_lock).read_bytes() == Path(other.session_lock).read_bytes()


@pytest.mark.parametrize("folder", ["with a blank 'and quotes' \"", "x" * 150])
def test_an_interpreter_that_no_shebang_can_name(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    python = tmp_path / folder / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    place = lay_out(str(tmp_path / "a sim"), python=str(python))
    path = Path(place.bin_dir, "configure")
    assert path.read_text().startswith("#!/bin/sh\n")
    assert works(place)
    subprocess.run(["sed", "-i", f"1s|.*|#!{sys.executable}|", path], check=True)
    assert works(place)
    assert launcher.is_launcher(str(path))


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    install.add_arguments(parser)
    return parser.parse_args(words)


def test_install_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prefix = str(tmp_path / "sim")
    assert install.run(arguments("--prefix", prefix)) == 0
    assert capsys.readouterr() == (f"Installation at {prefix}, profile 3.x\n", "")
    assert install.run(arguments("--prefix", prefix, "--profile", "1.x", "--json")) == 0
    assert json.loads(capsys.readouterr().out) == {"prefix": prefix, "profile": "1.x", "service": False}
    assert install.run(arguments("--prefix", prefix, "--service")) == 1
    assert capsys.readouterr() == (
        "",
        f"cloudhsm-sim install: a service is set up only for /opt/cloudhsm, not for {prefix}\n",
    )


def test_install_goes_where_the_tools_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert arguments().prefix == str(tmp_path / "home/.local/share/cloudhsm-sim")
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", "/elsewhere")
    assert arguments().prefix == "/elsewhere"


SERVICE = """
mount -t tmpfs none /opt && mount -t tmpfs none /etc/init.d || exit 77
set -e
cd "$ROOT"
"$PYTHON" - <<'END'
from shared.cluster.directory import create_cluster
from shared.installation.layout import lay_out
from shared.realm import Realm
realm = Realm.open(lay_out("/opt/cloudhsm", service=True), create=True)
create_cluster(realm, "c", ["10.0.0.1"])
realm.close()
END
cd /
say() { echo "$1 $?"; }
service cloudhsm-client status -l || say status
service cloudhsm-client start || say "start without address"
/opt/cloudhsm/bin/configure -a 10.0.0.1
service cloudhsm-client start; say start
service cloudhsm-client status -l | grep Active; say status
service cloudhsm-client start; say again
grep -c 'libevmulti_init: Ready !' /opt/cloudhsm/run/cloudhsm_client.log
service cloudhsm-client restart; say restart
/opt/cloudhsm/bin/configure -m
service cloudhsm-client stop; say stop
ls /opt/cloudhsm/run
service cloudhsm-client status || say status
service cloudhsm-client nonsense || say nonsense
"""
EXPECTED = """\
cloudhsm-client - client daemon of a simulated CloudHSM cluster
   Active: inactive (dead)
status 3
Starting CloudHSM client daemon: cloudhsm-client
start without address 1
Updating server config in /opt/cloudhsm/etc/cloudhsm_client.cfg
Updating server config in /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg
Starting CloudHSM client daemon: cloudhsm-client
start 0
   Active: active (running)
status 0
cloudhsm-client is already running
again 0
1
Stopping CloudHSM client daemon: cloudhsm-client
Starting CloudHSM client daemon: cloudhsm-client
restart 0
Updating '/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg' from cluster state
Stopping CloudHSM client daemon: cloudhsm-client
stop 0
cloudhsm_client.log
cloudhsm_client.stopped
sessions.lock
cloudhsm-client - client daemon of a simulated CloudHSM cluster
   Active: inactive (dead)
status 3
nonsense 2
"""


@pytest.mark.skipif(
    os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("service")),
    reason="needs root, unshare and service",
)
def test_the_service_in_a_private_opt(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", SERVICE],
        env=os.environ | {"ROOT": str(ROOT), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=tmp_path,
    )
    if done.returncode == 77:
        pytest.skip("no private mounts here")
    assert done.stdout == EXPECTED
    assert "Connection to server  on port 2223 failed" in done.stderr
    assert not Path("/etc/init.d/cloudhsm-client").exists()
