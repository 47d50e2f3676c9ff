"""The filters that output is tried with do what the real ones do: grep, sed, awk and the coreutils judge."""

import shlex
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration.reading import filters
from migration.reading.meaning import of_stages
from migration.reading.regexes import UnknownError
from migration.reading.samples import Ran, User, Values, text
from migration.script import CMU, KMU

VALUES = Values(6, 9, 10, (6, 7, 8), (User("CO", "admin"), User("CU", "alice")))
LOGIN = Ran(KMU, "loginHSM", "loginHSM  -u  CU  -s  alice  -p  password1")
FOUND = text((LOGIN, Ran(KMU, "findKey", "findKey  -l  temp")), VALUES, {}, words=True)
LISTED = text((Ran(CMU, "loginHSM"), Ran(CMU, "listUsers"), Ran(CMU, "quit")), VALUES, {}, words=False)
PIPELINES = r"""
tr -d '\n' | grep -o 'Handles of matching keys:\s*\([0-9]*\)' | cut -f 2
grep -A1 'Handles of matching keys' | tail -1 | tr ',' ' '
grep -A1 'Handles' | tail -n1 | awk '{print $NF}'
awk '/Handles of matching/{getline; print}' | tr -d ' \t'
awk '/Handles of matching/{getline; gsub(/[ \t]/,""); print}'
sed -n '/Handles of matching/{n;p}' | tr -d '[:space:]'
sed -n '/Handles of matching/{n;s/^[ \t]*//;s/, / /g;p;}'
awk -F': *' '/Total number of keys present/ {print $2}'
grep 'Total number' | cut -d: -f2 | tr -d ' '
sed -ne 's/.*present: \([0-9]*\)/\1/p'
sed -nE 's/.*present: ([0-9]+).*/\1/p'
sed -n 's/.*present: \(.*\)$/<&|\1>/p'
awk 'f{print;exit} /Handles of/{f=1}'
awk '/Handles/{f=1;next} f{split($0,a,", "); print a[1]; exit}'
grep -oE '[0-9]+' | head -1
grep -oP 'present: \K\d+'
awk 'NR==5{print $NF}'
grep -c SUCCESS
grep -v Cluster | wc -l
awk '{ for (i=1;i<=NF;i++) if ($i ~ /^[0-9]+,?$/) print $i }'
tr ' ' '\n' | grep -E '^[0-9]+,?$' | tr -d ','
grep Handles -A 1 | sed 1d | xargs | tr , ' '
awk 'BEGIN{FS=":"} $1 ~ /Total/ {printf "%s\n", $2+0}'
awk '{n+=NF} END{print n}'
head -n 4 | tail -n +3
head -n -3 | tail -2
sed '2q;d'
sed '$!d'
paste -sd, -
grep -w 6
grep -x '	6, 7, 8'
grep -iE 'handles?|total'
grep -F 'present: 3'
grep -m1 HSM
grep -e Total -e Handles
awk 'NR>=2 && NR<=6'
awk '!/SUCCESS/ && NF'
awk 'length > 20 { print substr($0, 2, 5) toupper("x") }'
cut -c1-10
cut -d' ' -f1,3- -s
sort -u | uniq
sort -rn
awk '{print $1 " - " $2, $3}'
grep -B1 -A1 'Cluster'
awk '/Total/,/Number/'
sed -e 's/SUCCESS/&&/' -e '/^$/d'
sed 's/[[:space:]]*$//;s/^[[:space:]]*//'
sed 's/[0-9]/#/2'
tr -cd '0-9\n' | sed '/^$/d'
tr -s ' \t' ' ' | cut -d' ' -f3
tr 'a-z' 'A-Z' | tac
awk '{$1=""; print $0}' | sed 's/^ //'
sed -n '3,5p'
sed '/Total/,/Handles/d'
sed -n '/Total/!{/Cluster/p}'
awk -F'[: ]+' '/Total/{print $NF; exit 3}'
awk -v want=Total '$1 == want {print $NF ? "yes" : "no"} !($1 == want) {n++} END{print n}'
awk '{ if ($0 ~ /SUCCESS/) { s++ } else f-- } END { printf "%d %5s|%-4d\n", s, f, index("abc", "c") }'
awk '$1=="CU" || $2=="CU" {print tolower($3)}'
awk '{ gsub(/S+/, "<&>"); print }' | grep '<'
grep -q SUCCESS
grep -q Nonsense
grep 'a\{2\}\|keys\?$'
grep '^$' | wc -l
grep '\*\*'
""".strip().splitlines()


def stages(pipeline: str) -> list[list[str]]:
    """Return the words of each command of a pipeline."""
    found: list[list[str]] = [[]]
    lexer = shlex.shlex(pipeline, posix=True, punctuation_chars="|")
    lexer.whitespace_split = True
    lexer.commenters = ""
    for word in lexer:
        if word == "|":
            found.append([])
        else:
            found[-1].append(word)
    return found


@pytest.mark.parametrize("printed", [FOUND, LISTED, "", "no end"], ids=["keys", "users", "nothing", "unended"])
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_filter_does_what_the_real_one_does(pipeline: str, printed: str) -> None:
    if shutil.which("awk") is None:
        pytest.skip("awk is not installed, and judges here")
    done = subprocess.run(["bash", "-c", pipeline], input=printed, capture_output=True, text=True, check=False)
    output, status = filters.run(stages(pipeline), printed)
    assert (output.removesuffix("\n"), status) == (done.stdout.removesuffix("\n"), done.returncode)


@pytest.mark.parametrize(
    "pipeline",
    [
        "tee /tmp/copy",
        "sed -i s/a/b/",
        "sed 's/a/touch x/e'",
        "sed 'w out'",
        "sed -f script",
        "awk '{ system(\"rm x\") }'",
        "awk '{ print > \"out\" }'",
        "awk '{ print | \"sh\" }'",
        "awk '{ \"date\" | getline x }'",
        "awk '{ getline x < \"file\" }'",
        "awk -f program",
        "awk 'BEGIN { while (1) x++ }'",
        "awk 'BEGIN { for (;;) x++ }'",
        "grep -f patterns",
        "grep -r x",
        "grep x file",
        "grep '['",
        "xargs rm",
        "xargs -I{} echo {}",
        "cut -f",
        "head -c 3",
        "tail -f",
        "sort -o out",
        "perl -pe s/a/b/",
        "awk '{'",
        "sed '{p'",
        "tr",
    ],
)
def test_what_is_not_known_or_has_an_effect_is_not_done(pipeline: str) -> None:
    with pytest.raises(UnknownError):
        filters.run(stages(pipeline), FOUND)


NAMES = st.sampled_from(
    ["grep", "sed", "awk", "cut", "tr", "head", "tail", "sort", "xargs", "paste", "wc", "uniq", "tac"]
)
PIECES = st.sampled_from(
    [
        "-n",
        "-q",
        "-o",
        "-E",
        "-d",
        "-f",
        "1",
        "2,",
        "s/a/b/g",
        "/a/p",
        "{print $1}",
        "/x/{",
        "$0~/a/",
        "[",
        "\\(",
        "*",
        "-",
    ]
)


@settings(max_examples=300, deadline=None)
@given(NAMES, st.lists(PIECES | st.text(max_size=12), max_size=4), st.text(max_size=60))
def test_any_words_are_tried_or_not_known(name: str, rest: list[str], printed: str) -> None:
    try:
        output, status = of_stages([[name, *rest]]).of(printed)
    except UnknownError:
        return
    assert isinstance(output, str)
    assert isinstance(status, int)
