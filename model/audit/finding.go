package audit

import (
	"fmt"
	"strconv"

	"mpsim/sim"
)

// Severity grades a finding.
type Severity uint8

// Severities, rising.
const (
	Note      Severity = iota // worth knowing; no rule is broken
	Warning                   // a SHOULD is broken, or the network may have done it
	Violation                 // a sender broke a rule
)

// String is the lower-case name.
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	}
	return "violation"
}

// Finding is one departure from the protocols.
type Finding struct {
	Check    Check
	Severity Severity
	Packet   int      // as counted by the Auditor from 1; 0: found at the end
	Time     sim.Time // of the packet
	Conn     int      // connection, from 1
	Flow     int      // subflow of the connection, from 1; 0: none
	From     string   // the sender's address and port
	Expected string
	Seen     string
}

// RFC names document and section.
func (f *Finding) RFC() string { return f.Check.RFC() }

// String is one line.
func (f *Finding) String() string {
	text := f.Severity.String() + ": "
	if f.Packet > 0 {
		text += fmt.Sprintf("packet %d at %v, ", f.Packet, f.Time)
	}
	text += fmt.Sprintf("connection %d", f.Conn)
	if f.Flow > 0 {
		text += fmt.Sprintf(" subflow %d", f.Flow)
	}
	if f.From != "" {
		text += " from " + f.From
	}
	text += ": " + f.Check.Text()
	if f.Expected != "" {
		text += "; expected " + f.Expected
	}
	if f.Seen != "" {
		text += ", seen " + f.Seen
	}
	return text + fmt.Sprintf(" [%s, %s]", f.Check, f.Check.RFC())
}

// value is what a finding expects or has seen; it becomes text only if the finding is kept.
type value struct {
	text string
	n    int64
	kind uint8 // 0: text; 1: n; 2: n in hexadecimal
}

func num(n int64) value   { return value{n: n, kind: 1} }
func hexa(n uint64) value { return value{n: int64(n), kind: 2} }
func say(s string) value  { return value{text: s} }

func (v value) String() string {
	switch v.kind {
	case 1:
		return strconv.FormatInt(v.n, 10) + v.text
	case 2:
		return "0x" + strconv.FormatUint(uint64(v.n), 16)
	}
	return v.text
}
