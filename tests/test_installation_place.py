"""How an installation is found and what it is set to."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.installation import Installation, InstallationError
from shared.installation.layout import lay_out

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDHSM_SIM_HOME", raising=False)
    monkeypatch.delenv("CLOUDHSM_SIM_PROFILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def place(tmp_path: Path) -> Installation:
    return lay_out(str(tmp_path / "sim"))


def test_paths_are_those_of_the_original() -> None:
    place = Installation("/opt/cloudhsm/")
    assert place.prefix == "/opt/cloudhsm"
    assert place.client_cfg == "/opt/cloudhsm/etc/cloudhsm_client.cfg"
    assert place.mgmt_cfg == "/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"
    assert place.customer_ca == "/opt/cloudhsm/etc/customerCA.crt"
    assert place.cluster_info() == "/opt/cloudhsm/daemon/1/cluster.info"
    assert place.cluster_info(3) == "/opt/cloudhsm/daemon/3/cluster.info"
    assert repr(place) == "Installation('/opt/cloudhsm')"


def test_the_environment_comes_first(place: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = lay_out(str(tmp_path / "other"))
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", place.prefix)
    assert Installation.find(f"{other.bin_dir}/configure").prefix == place.prefix


def test_the_launchers_place_comes_second(place: Installation, tmp_path: Path) -> None:
    lay_out(str(tmp_path / "home" / ".local" / "share" / "cloudhsm-sim"))
    assert Installation.find(f"{place.bin_dir}/configure").prefix == place.prefix


def test_a_linked_launcher_is_followed_but_not_a_linked_prefix(place: Installation, tmp_path: Path) -> None:
    (tmp_path / "configure").symlink_to(f"{place.bin_dir}/configure")
    assert Installation.find(str(tmp_path / "configure")).prefix == place.prefix
    (tmp_path / "alias").symlink_to(place.prefix)
    assert Installation.find(str(tmp_path / "alias/bin/configure")).prefix == str(tmp_path / "alias")


@pytest.mark.parametrize("launcher", [None, "/usr/bin/configure"])
def test_the_home_folder_comes_last(tmp_path: Path, launcher: str | None) -> None:
    prefix = str(tmp_path / "home" / ".local" / "share" / "cloudhsm-sim")
    with pytest.raises(InstallationError) as caught:
        Installation.find(launcher)
    assert str(caught.value) == f"no installation at {prefix}: run cloudhsm-sim install --prefix {prefix}"
    lay_out(prefix)
    assert Installation.find(launcher).prefix == prefix


def test_a_named_home_is_not_replaced_by_another(
    place: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", str(tmp_path / "missing"))
    with pytest.raises(InstallationError, match=f"^no installation at {tmp_path}/missing: "):
        Installation.find(f"{place.bin_dir}/configure")


def test_no_permission(place: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, _mode: path != place.data_dir)
    with pytest.raises(InstallationError, match=f"^no permission to use {place.data_dir}$"):
        Installation.find(f"{place.bin_dir}/configure")


def test_profile(place: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place.profile == "3.x"
    assert lay_out(str(tmp_path / "old"), "1.x").profile == "1.x"
    assert Installation("/nowhere").profile == "3.x"
    monkeypatch.setenv("CLOUDHSM_SIM_PROFILE", "1.x")
    assert place.profile == "1.x"
    monkeypatch.setenv("CLOUDHSM_SIM_PROFILE", "2.x")
    with pytest.raises(InstallationError, match=r"^unknown profile '2\.x': choose 3\.x or 1\.x$"):
        _ = place.profile


def test_settings(place: Installation) -> None:
    assert place.setting("max_keys", 1) == 3300
    assert place.setting("unheard_of", 7) == 7
    Path(place.simulator_cfg).write_text('{"max_keys": 10000, "max_users": "many", "profile": 3,}')
    place = Installation(place.prefix)
    assert place.setting("max_keys", 3300) == 10000
    assert place.setting("max_hsms", 28) == 28
    with pytest.raises(InstallationError, match=r'"max_users" is no whole number$'):
        place.setting("max_users", 1024)
    with pytest.raises(InstallationError, match=r'"profile" is no text$'):
        _ = place.profile


@pytest.mark.parametrize("content", ["[]", "{", "\xff"])
def test_malformed_settings(place: Installation, content: str) -> None:
    Path(place.simulator_cfg).write_text(content, "latin-1")
    with pytest.raises(InstallationError, match=r"^malformed configuration file .*cloudhsm_sim.cfg: "):
        Installation(place.prefix).setting("max_keys", 1)


def test_start_up_imports_nothing_dear(place: Installation) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); before = set(sys.modules)\n"
        "from shared.installation import Installation, cfg\n"
        f"place = Installation.find({place.bin_dir + '/configure'!r}); place.profile\n"
        "cfg.read_client(place.client_cfg); cfg.read_servers(place.mgmt_cfg)\n"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('shared')))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "['__future__']\n"
