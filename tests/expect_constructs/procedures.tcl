proc do {label} {
    send "findKey -l $label\r"
    expect "Command:"
    return $label
}
proc mk {label} {
    send "genSymKey -t 31 -s 32 -l $label\r"
    expect -re {Key Handle: (\d+)}
    set got $expect_out(1,string)
    expect "Command:"
    return $got
}
proc rm {h} {
    send "deleteKey -k $h\r"
    expect "Command:"
}
proc early {x} {
    if {$x eq "b"} { return early }
    do late-$x
    return [string toupper $x]
}
proc dflt {a {b B} args} {
    do $a$b[llength $args]
    foreach i $args { do $i }
    return "$a$b"
}
proc setg {x} { global s; set s $x; return }
proc up {name x} { upvar 1 $name v; append v $x; return }
proc upa {name} { upvar $name v; do $v(k); set v(k) up; return }
proc hides {x} { set s $x; set n 9; do $s$n; return $s }
proc last {x} { set q "$x!" }
proc code {c} { uplevel 1 $c }
proc fails {x} { do try-$x; error "no $x" }
proc maybe {x} { if {[file exists /no/such/file]} { return other }; return $x }
proc check {x} {
    send "findKey -l $x\r"
    expect {
        -re "HSM Return: SUCCESS" { expect "Command:"; return 1 }
        -re "Error|fail" { expect "Command:"; return 0 }
        timeout { return 2 }
    }
}
proc user {u} {
    global cmu
    send -i $cmu "createUser CU u$u password1\r"
    expect -i $cmu "(y/n)?"
    send -i $cmu "y\r"
    expect -i $cmu "aws-cloudhsm>"
}
proc tried {u} {
    global spawn_id cmu kmu
    set spawn_id $cmu
    send "createUser CU t$u password1\r"
    expect "(y/n)?"
    send "y\r"
    set ok 0
    expect {
        "success" { set ok 1; exp_continue }
        "(R/I/A)" { send "A\r"; exp_continue }
        "aws-cloudhsm>" {}
    }
    set spawn_id $kmu
    return $ok
}
proc number {} {
    send "findKey\r"
    expect -re {present: (\d+)}
    set n $expect_out(1,string)
    expect "Command:"
    return $n
}
proc pair {x} { return [list [mk $x-1] [mk $x-2]] }
proc opts {args} { array set o {-l none -n 1}; array set o $args; do $o(-l)$o(-n) }
proc count {x} { global total; if {![info exists total]} { set total 0 }; incr total; return $total }
namespace eval ns {
    variable s inner
    variable n 5
    proc bump {x} { variable n; incr n; do $x$n; return $n }
    proc show {} { variable s; return $s }
}
