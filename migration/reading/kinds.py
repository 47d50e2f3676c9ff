"""What a script asks of a tool's output."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from migration.words import Word

# Tests: of one command, of all of a run, of what was found.
OK, FAILED, ALL_OK, ANY_FAILED = "ok", "failed", "all ok", "any failed"
FOUND, NONE_FOUND, COUNT_IS, USER = "found", "none found", "count is", "user"
# Values; of a list too long for one line, ROW has what stood on the first one, ROW_LAST the last of these.
HANDLE, PUBLIC, PRIVATE, FIRST, LAST, ROW_LAST, LIST, ROW, COUNT, USERS = (
    "handle",
    "public",
    "private",
    "first",
    "last",
    "last of a row",
    "list",
    "row",
    "count",
    "users",
)
# The first of a list as the first word of its line: with a comma, if another one follows.
OPENING = "first word"
# Names of users: all, crypto users, officers; one a line.
NAMES, NAMES_CU, NAMES_CO = "names", "names of CU", "names of CO"
# How many users of a type there are.
COUNT_CU, COUNT_CO = "number of CU", "number of CO"
# Values that are one line.
ONE_LINE = (HANDLE, PUBLIC, PRIVATE, FIRST, OPENING, LAST, ROW_LAST)
# The id of the user with a name: CloudHSM CLI takes the name itself.
ID = "user id"
LISTS = (LIST, ROW, NAMES, NAMES_CU, NAMES_CO)
VALUES = (
    *(HANDLE, PUBLIC, PRIVATE, FIRST, OPENING, LAST, ROW_LAST, LIST, ROW, COUNT, USERS),
    *(NAMES, NAMES_CU, NAMES_CO, COUNT_CU, COUNT_CO, ID),
)
# Where a name that is looked for may stand in a user's: all of it, any part, its beginning, its end, a word of it, its
# first word, its last one.
WHOLE, PART, BEGINNING, END, WORD, FIRST_WORD, LAST_WORD = "", "part", "beginning", "end", "word", "first", "last"


class Reading(NamedTuple):
    """What a script asks of an output: ``kind``, of which command (its number), and what goes with it.

    ``step`` is the number of a command of one run where that run is tried out, elsewhere its index among all steps of
    a script. ``extra`` is the separator of a list, the number of COUNT_IS, or the role of USER or ID, empty for any;
    ``name`` is the user, ``where`` where it may stand in a user's name. ``around`` is what stands before and behind a
    value, blanks or a comma; ``end`` is the end of its last line, more than one line end for empty lines behind it.
    ``uneven`` says that what separates a list is not the same everywhere if it is long, ``ragged`` that a long one
    has more signs behind it, ``repeated`` that it came once for each HSM. ``after_login`` says that the old test
    was true as soon as the login had succeeded, ``least`` is the lowest handle of those that are taken, ``strict``
    that a value which is not there is a failure, whose status is asked. ``counted`` says of a test that it gave a
    number, of which only whether it is 0 is asked; ``first`` that of several users only the first is taken.
    ``role`` is the type of USER where a variable holds it.
    """

    kind: str
    step: int
    extra: str = ""
    name: Word = ()
    after_login: bool = False
    strict: bool = False
    around: tuple[str, str] = ("", "")
    where: str = ""
    end: str = "\n"
    uneven: bool = False
    repeated: bool = False
    ragged: bool = False
    least: int = 0
    counted: bool = False
    first: bool = False
    role: Word = ()

    @property
    def is_value(self) -> bool:
        """Return whether it gives text, not just a status."""
        return self.kind in VALUES
