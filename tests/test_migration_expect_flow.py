"""What an expect script does only if something is so, and what it does beside the tools: decided, or said."""

from __future__ import annotations

import pytest
from migration_support import script

from migration.bash import linear
from migration.bash.script import render
from migration.translate import Translation, translate

LOGIN = 'spawn cloudhsm_mgmt_util x.cfg\nsend "loginHSM CO admin adminpw1\\r"\n'
KEYS = 'spawn key_mgmt_util\nsend "loginHSM -u CU -s alice -p password1\\r"\n'
DELETE = 'send "deleteUser CU bob\\r"\n'
USER = "set user [lindex $argv 0]\n"
FIND = 'send "findKey -l a\\r"\n'
MAKE = 'send "genSymKey -t 31 -s 32 -l a\\r"\n'


def translated(*pieces: str) -> Translation:
    """Return what becomes of an expect script."""
    return translate(script("".join(pieces), "x.exp"))


def done(*pieces: str) -> list[str]:
    """Return the commands that are carried out up to the first that a person must do."""
    found = []
    for line in linear.render(translated(*pieces)).split("\n"):
        if line.startswith("by_hand"):
            break
        if "--max-items" not in line and line.startswith(
            ("hsm ", "hsm_all_keys ", "hsm_take ", "hsm_login ", "    hsm ")
        ):
            found.append(line.strip())
    return found


def users(*pieces: str) -> list[str]:
    """Return the users that are created or deleted."""
    assert translated(*pieces).remains == []
    return [line.split()[4] for line in done(*pieces) if line.startswith("hsm user")]


def create(user: str, password: str = "password1") -> str:
    """Return what types createUser."""
    return f'send "createUser CU {user} {password}\\r"; expect "(y/n)?"; send "y\\r"; expect "aws-cloudhsm>"'


def asked(*pieces: str) -> list[str]:
    """Return what is left to a person."""
    return [text for _, text in translated(*pieces).remains]


GUARDS = (
    'expect_user -re "(.*)\\n"\nset answer $expect_out(1,string)\nif {![string match "\\[yY]*" $answer]} { exit 1 }',
    "if {[catch {exec test -f approved.txt} err]} { exit 1 }",
    "if {![regexp -nocase {^svc_} $user]} { exit 1 }",
    "if {[string is integer $user]} { exit 1 }",
    "if {$user == 7} { exit 1 }",
    "set protected {admin alice}\nif {[lsearch $protected $user] >= 0} { exit 1 }",
    'proc check {u} { if {$u in [list alice bob]} { error "protected" } }\ncheck $user',
    "switch -regexp $user { alice { exit 1 } default { puts ok } }",
    "while {[file exists lock]} { exit 1 }",
    "if {[file exists [exec pwd]/lock]} { exit 1 }",
    "if {$user ne $nobody} { exit 1 }",
)


@pytest.mark.parametrize("guard", GUARDS)
def test_what_stands_behind_a_guard_is_not_done_unasked(guard: str) -> None:
    found = translated(USER, guard, "\n", LOGIN, DELETE)
    (work,) = [item for item in found.script.hand_work if item.stops]
    assert work.needed
    assert "ends the script if" in work.text
    assert done(USER, guard, "\n", LOGIN, DELETE) == []


@pytest.mark.parametrize(
    ("command", "guard"),
    [
        (FIND, "expect -re {keys present: (\\d+)}; set n $expect_out(1,string)\nif {$n % 2} { exit 0 }"),
        (FIND, 'expect -brace { "Total number of keys present: 1" { exit 0 } timeout {} }'),
        (FIND, "expect -brace { -re {keys present: [02]} { puts few } -re {keys present: [1-9]} { exit 0 } }"),
        ('send "listUsers\\r"\n', 'expect -brace { "bob" { exit 0 } "aws-cloudhsm>" {} }'),
        ('send "listUsers\\r"\n', 'expect -brace { -exact $user { send "quit\\r"; exit 0 } timeout {} }'),
        ('send "listUsers\\r"\n', "expect -re {found:([0-9]+)}\nif {$expect_out(1,string) >= 2} { exit 0 }"),
        ('send "listUsers\\r"\n', "expect aws\nset o $expect_out(buffer)\nif {[string first bob $o] >= 0} { exit }"),
    ],
)
def test_a_guard_that_asks_for_the_output_is_one_too(command: str, guard: str) -> None:
    pieces = (USER, KEYS if command == FIND else LOGIN, command, guard, "\n", MAKE if command == FIND else DELETE)
    assert any("ends the script if" in text for text in asked(*pieces))
    assert not any("generate-symmetric" in line or "user delete" in line for line in done(*pieces))


@pytest.mark.parametrize(
    "guard",
    [
        "if {$argc < 1} { puts usage; exit 1 }\n",
        "if {[llength $argv] != 1} { puts usage; exit 1 }\n",
        'set user [lindex $argv 0]\nif {$user eq ""} { exit 1 }\n',
    ],
)
def test_the_new_script_asks_itself_for_arguments(guard: str) -> None:
    assert asked(guard, USER, LOGIN, 'send "deleteUser CU $user\\r"\n') == []


def test_what_is_done_where_the_script_does_not_end_is_done() -> None:
    text = f"proc usage {{}} {{ puts usage; exit 1 }}\nset n [llength $argv]\n{USER}"
    assert users(text, LOGIN, "if {$n == 1} {\n", create("$user"), "\n} else { usage }\n") == ['"$user"']
    found = translated(text, LOGIN, "if {$mode} {\n", create("a"), "\n} else { exit 1 }\n")
    assert [text for _, text in found.remains] == [
        "ends the script if not ($mode): go on from here only if that is not so"
    ]
    assert [step.condition for step in found.script.steps] == ["", ""]


@pytest.mark.parametrize(
    "test",
    [
        'expect -brace { "HSM Error" { exit 1 } "success" {} }',
        "expect -brace { -re {keys present: (\\d+)} {} timeout { exit 1 } }",
        'expect "Command:"\nif {[regexp {HSM Error} $expect_out(buffer)]} { exit 1 }',
        'expect "Command:"\nif {![regexp {keys present: (\\d+)} $expect_out(buffer)]} { exit 1 }',
        'expect -brace { "SUCCESS" { set ok 1 } "HSM Error" { set ok 0 } }\nif {!$ok} { exit 1 }',
        "expect eof\nif {[lindex [wait] 3] != 0} { exit 1 }",
    ],
)
def test_a_test_for_a_failure_is_none_as_the_translation_stops_at_it(test: str) -> None:
    assert asked(KEYS, FIND, test, "\n", MAKE) == []
    assert any("generate-symmetric" in line for line in done(KEYS, FIND, test, "\n", MAKE))


@pytest.mark.parametrize(
    ("test", "check"),
    [
        ("expect -brace { -re {keys present: 0} { exit 1 } -re {keys:\\s+(\\d+)} {} }", "> 0"),
        ("expect -brace { -re {keys present: 0} {} -re {keys present: [1-9]} { exit 1 } }", "== 0"),
        ("expect Command:\nif {![regexp {matching keys:\\s+(\\d+)} $expect_out(buffer) -> h]} { exit 1 }", "> 0"),
        ("expect Command:", ""),
    ],
)
def test_a_failure_for_want_of_keys_stays_one(test: str, check: str) -> None:
    found = done(KEYS, FIND, test, "\n", MAKE)
    assert asked(KEYS, FIND, test, "\n", MAKE) == []
    assert [line for line in found if "total_key_count" in line] == (
        [f"hsm_take '.data.total_key_count {check}' > /dev/null"] if check else []
    )


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (f'foreach u {{a skip b}} {{ if {{$u eq "skip"}} {{ continue }}; {create("$u")} }}', "a b"),
        (f"foreach u {{a b}} {{ {create('$u')}; break }}", "a"),
        (f'proc m {{u}} {{ if {{$u eq "skip"}} {{ return }}; {create("$u")} }}\nm a; m skip; m b', "a b"),
        (f"{create('a')}\nexit 0\n{create('b')}", "a"),
        (f"foreach u {{a b}} p {{pw1pw1pw pw2pw2pw}} {{ {create('$u', '$p')} }}", "a b"),
        (f"foreach {{u p}} {{a pw1pw1pw b pw2pw2pw}} {{ {create('$u', '$p')} }}", "a b"),
        (f'foreach u [split "a,b" ,] {{ {create("$u")} }}', "a b"),
        (f"set d [dict create a pw1pw1pw b pw2pw2pw]\ndict for {{u p}} $d {{ {create('$u', '$p')} }}", "a b"),
        (f"array set p {{a pw1pw1pw b pw2pw2pw}}\nforeach u [array names p] {{ {create('$u', '$p($u)')} }}", "a b"),
        (f"set d {{a pw1pw1pw}}\n{create('a', '[dict get $d a]')}", "a"),
        (f"catch {{ {create('a')} }}", "a"),
        (f"if {{[catch {{ {create('a')} }} err]}} {{ puts $err; exit 1 }}\n{create('b')}", "a b"),
        (f"try {{ {create('a')} }} finally {{ puts done }}", "a"),
        (f"eval {{ {create('a')} }}", "a"),
        ('set c {send "createUser CU a password1\\r"}\neval $c\nsend "y\\r"', "a"),
        (f"namespace eval h {{ proc mk {{u}} {{ {create('$u')} }} }}\nh::mk a", "a"),
        (f"set l {{a b}}\nfor {{set i 0}} {{$i < [llength $l]}} {{incr i}} {{ {create('[lindex $l $i]')} }}", "a b"),
        (f"for {{set i 2}} {{$i > 0}} {{incr i -1}} {{ {create('u$i')} }}", "u2 u1"),
        (f"set i 0\nwhile {{$i < 5}} {{ incr i; if {{$i == 3}} break; {create('u$i')} }}", "u1 u2"),
        (f"proc m {{k}} {{ switch $k {{ x {{ {create('a')} }} default {{ {create('b')} }} }} }}\nm x; m y", "a b"),
        (f"proc m args {{ {create('[lindex $args 1]')} }}\nm x a", "a"),
        ('proc m args { send "[join $args]\\r" }\nm createUser CU a password1\nsend "y\\r"', "a"),
        (f"set n 1; set u a; append u $n\n{create('$u')}; incr n 2; {create('[format u%02d $n]')}", "a1 u03"),
        (f"proc m {{u}} {{ set x ${{u}}_1; {create('$x')} }}\nm a; m b", "a_1 b_1"),
    ],
)
def test_what_is_written_out_is_followed(text: str, made: str) -> None:
    assert users(LOGIN, text, "\n") == made.split()


def test_a_failure_that_is_answered_and_passed_over_may_happen() -> None:
    text = LOGIN + DELETE + 'expect {\n "(R/B/I)" { send "I\\r"; exp_continue }\n "aws-cloudhsm>" {}\n}\n'
    assert asked(text) == []
    assert done(text)[-1] == "hsm user delete --username bob --role crypto-user || true"
    more = text.replace("exp_continue", 'send "listUsers\\r"')
    assert "is left out" in asked(more)[0]


def test_what_only_a_run_decides_leaves_everything_behind_it_to_a_person() -> None:
    text = f"foreach u {{a b}} {{ if {{[file size $u] > 5}} {{ continue }}; {create('$u')} }}\n"
    assert done(LOGIN, text) == ["hsm_login admin admin adminpw1"]
    assert "is run only if not ([file size $u] > 5)" in asked(LOGIN, text)
    text = f"proc m {{}} {{ if {{$x}} {{ return }}; {create('a')} }}\nm\n{create('b')}\n"
    found = translated(LOGIN, text)
    assert [bool(step.condition) for step in found.script.steps if step.name == "createUser"] == [True, False]


def test_a_command_under_a_condition_keeps_its_answers() -> None:
    text = 'send "listUsers\\r"\nexpect {\n -re "CU\\\\s+$user" { send "changePswd CU $user -hpswd\\r"; '
    text += 'send "password2\\r"; send "password2\\r"; send "y\\r" }\n "aws-cloudhsm>" { send "createUser CU $user '
    text += 'password1\\r"; expect "(y/n)?"; send "y\\r" }\n}\n'
    steps = [step for step in translated(USER, LOGIN, text).script.steps if step.name in ("changePswd", "createUser")]
    assert [(step.name, step.condition[:16]) for step in steps] == [
        ("changePswd", "only if it reads"),
        ("createUser", "only if it does "),
    ]
    assert len(steps[0].answers) == 2
    assert done(USER, LOGIN, text)[-1] == "hsm user list"


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ('lassign $argv u p\nif {$p eq ""} { set p secret12 }\n', {"u": "?u is argument 1", "p": "-secret12"}),
        (
            "set u [lindex $argv 0]\nif {[llength $argv] > 1} { set p [lindex $argv 1] } else { set p x12345678 }\n",
            {"u": "?u is argument 1", "p": "-x12345678"},
        ),
        (
            "set u [lindex $argv 0]\nset argv [lrange $argv 1 end]\nset p [lindex $argv 0]\n",
            {"u": "?u is argument 1", "p": "?p is argument 2"},
        ),
    ],
)
def test_arguments_and_their_defaults(text: str, parameters: dict[str, str]) -> None:
    body = render(translated(text, LOGIN, create("$u", "$p"), "\n"))
    for place, (name, otherwise) in enumerate(parameters.items(), 1):
        assert f"\n{name}=${{{place}:{otherwise}}}\n" in body


def test_an_argument_inside_what_is_typed() -> None:
    body = render(translated(LOGIN, create("[lindex $argv 1]"), "\n"))
    assert "argument_2=${2:?argument_2 is argument 2}" in body
    assert '--username "$argument_2"' in body


def test_a_variable_that_the_script_computes_is_not_that_of_the_environment() -> None:
    pieces = ("set USER [string tolower [lindex $argv 0]]\n", LOGIN, 'send "deleteUser CU $USER\\r"\n')
    assert asked(*pieces) == ["USER is computed: [string tolower [lindex $argv 0]]"]
    body = render(translated(*pieces))
    assert '"${USER' not in body
    assert '--username "$script_USER"' in body
    assert "$USER" not in body.split("by_hand 'line")[-1]


def test_two_tools_at_once_have_their_own_logins() -> None:
    text = (
        "spawn cloudhsm_mgmt_util x\nset cmu $spawn_id\nspawn key_mgmt_util\nset kmu $spawn_id\n"
        'send -i $cmu "loginHSM CO admin adminpw1\\r"\nsend -i $kmu "loginHSM -u CU -s bob -p password1\\r"\n'
        'set spawn_id $cmu\nsend "changePswd CU bob password2\\r"; expect "(y/n)?"; send "y\\r"\n'
        'proc key {id} { send -i $id "findKey\\r"; expect -i $id "Command:" }\nkey $kmu\nsend "listUsers\\r"\n'
    )
    assert asked(text) == ["bob is logged in at another tool here: the old one refused this, CloudHSM CLI does it"]
    assert done(text) == [
        "hsm_login admin admin adminpw1",
        "hsm_login crypto-user bob password1",
        "hsm_login admin admin adminpw1",
        "hsm user change-password --username bob --role crypto-user --password password2",
        "hsm_login crypto-user bob password2",
        "hsm_all_keys key list",
        "hsm_login admin admin adminpw1",
        "hsm user list",
    ]
    assert asked(text, 'send -i $other "listUsers\\r"\n')


def test_programs_that_are_run_are_seen_as_tools_or_said() -> None:
    call = "key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1"
    text = f"if {{[catch {{exec {call} findKey -l a}} out]}} {{ exit 1 }}\n"
    text += f"regexp {{matching keys:\\s+(\\d+)}} $out -> h\nset o [exec {call} deleteKey -k $h]\n"
    assert asked(text) == []
    assert done(text)[-1] == 'hsm key delete --filter "key-reference=$h"'
    assert done(f"exec {call} deleteKey -k 7 >/dev/null 2>@1\n")[-1] == (
        "hsm key delete --filter key-reference=0x0000000000000007"
    )
    assert asked(f"exec {call} findKey > keys.txt\n") == [
        "is not carried over: what key_mgmt_util prints into keys.txt"
    ]
    assert "runs key_mgmt_util" in asked(f"set o [exec {call} deleteKey -k 7 | grep SUCCESS]\n")[0]
    assert users('exec cloudhsm_mgmt_util x << "loginHSM CO admin adminpw1\ndeleteUser CU bob\nquit\n"\n') == ["bob"]
    assert asked("exec cloudhsm_mgmt_util x < list.txt\n")
    assert asked(f'spawn bash -c "{call} findKey"\n') == []
    (work,) = asked(KEYS, "exec openssl rand -out aes.bin 32\n", 'send "imSymKey -f aes.bin -t 31 -l a -w 4\\r"\n')
    assert work == "is not carried over, and aes.bin is used later: exec openssl rand -out aes.bin 32"
    found = translated(KEYS, FIND, "exec cp a b\nset f [open log w]\nputs $f done\nexec sleep 1\n")
    assert [text for _, text in found.passed_over] == [
        "is not carried over: exec cp a b",
        "is not carried over: puts into $f",
    ]
    assert asked(LOGIN, "interact\n") == [
        "hands over to whoever sits there: type at cloudhsm-cli interactive what is to be done"
    ]


def test_the_translation_stops_at_what_is_not_known() -> None:
    text = LOGIN + "source lib.tcl\ncheck_user bob\n" + DELETE
    assert asked(text) == ["source is not known here", "check_user is not known here"]
    assert done(text) == ["hsm_login admin admin adminpw1"]
    assert users(LOGIN, "set l [list]\nlappend l a b\nforeach u $l { ", create("$u"), " }\n") == ["a", "b"]
    assert users(LOGIN, 'send "quit\\r"\nexpect eof\n') == []


def test_no_password_is_in_what_is_said() -> None:
    text = f'foreach {{u p}} $list {{ {create("$u", "$p")} }}\nif {{$pw eq "topsecret9"}} {{ exit 1 }}\n'
    text += f"while {{[file exists x]}} {{ {create('carol', 'carolpw12')} }}\n"
    text += "foreach {u p} [concat {bob bobpassw1} $list] { " + create("$u", "$p") + " }\n" + DELETE
    said = " ".join(asked(LOGIN, text, create("bob", "bobpassw1"), "\n"))
    assert "ends the script if $pw eq ***" in said
    assert not any(secret in said for secret in ("topsecret9", "carolpw12", "bobpassw1"))
