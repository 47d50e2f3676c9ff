"""Commands of Tcl and expect that type nothing: they stay behind."""

import re

PLAIN = frozenset(
    re.findall(
        r"\w+",
        """
set lassign global variable upvar lappend append incr unset puts flush log_user exp_log_user
log_file close wait exit exp_exit sleep after return break continue match_max stty trap package
source regexp regsub array string format open gets read catch exec error namespace interact
exp_continue exp_internal list concat expr split fconfigure send_user send_error send_log
exp_version strace overlay disconnect cd file clock info eval re compile public key handle private
andles of matching first otal number keys count ey andle hat only says that command went well or the
tool is there success aws cloudhsm disconnecting isconnecting server ommand assword ritten written
boolean logged ignature class roc amed uple parameters tuple str one body oken rame here piece
script values procedure when it run line calls dict ord condition int depth silent bool alse loop
eader ne in document which begins behind lines def __init__ self text builder uilder starts index
for sign enumerate if arguments procs called dialogue ialogue matched position bisect_right lookup
name get len proc items not and _sends start by_hand sends commands never used findall z_ any search
exp_ send end frame ead between two places tcl last max kind remark comment else _command range mark
tokens rest _call handler _proc spawn _spawn exp_spawn _if foreach _foreach _loop while _set
_lassign switch _send _expect found _invocation _start stays block known _word token value words
substitute equence __ noqa item default add itself given parameter args join word elif before steps
_replace invocation nvocation plain literal startswith names call program none tools session ession
runs tep run_words singlecmd cfg quoted braced fullmatch hs spawn_id nothing typed where something
failed cl takes forgot its quotes means them together pieces types at no was started own _lines
renamed feed replace inside branches _branches alone sum pattern shown _look what done reads _short
left out translation stops failure waits ake waited gives checks output all _note_pattern present
find check data total_key_count counts now emember from regex parts rue scripts argument lindex argv
taken expect_out target _captured inner _inner sets group capture ollow brackets
        """,
    )
)
