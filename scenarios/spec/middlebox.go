package spec

import (
	"net/netip"
	"slices"

	"mpsim/sim/unit"
)

// Middlebox is a box at the second end of a link. Which fields have a meaning depends on Kind; see the table
// in tables_middlebox.go.
type Middlebox struct {
	Name        string // unique on its link
	Kind        string // one of MiddleboxKinds
	Direction   string // BothWays, ForwardWay or BackwardWay
	Probability unit.Ratio

	Options []string // words of OptionWords
	On      string   // OnAll, OnSYN or OnData
	How     string   // HowRemove, HowOverwrite, HowEndOfList or HowDrop
	Every   int      // each n-th segment that could be affected

	Inside      string        // FirstEnd or SecondEnd of the link
	Address     netip.Addr    // public address of a NAT, or an attacker's
	Timeout     unit.Duration // idle time that ends the state of an established connection
	Transitory  unit.Duration // the same for one that is opening or closing
	Unsolicited string        // Drop or Reset
	Strict      bool          // sequence numbers are checked

	SACK       string     // Rewrite or Keep
	Copies     string     // OnAll or OnFirst: which pieces have the options
	Size       unit.Bytes // of pieces, of merged segments
	Wait       unit.Duration
	Find       string
	Replace    string
	At         unit.Bytes // position in the stream
	Remove     unit.Bytes
	Times      int
	Checksum   string // Keep or Fix
	Holes      string // Drop or Hold
	WrongACKs  string // Correct or Drop
	Window     unit.Bytes
	KeepMPTCP  string // KeepNone, KeepHandshake or KeepAll
	After      unit.Bytes
	To         string // BothEnds, FirstEnd or SecondEnd
	What       string // Payload, DSN, Checksum ...
	Ratio      unit.Ratio
	Port       string // of the study's mix: PortOther or PortHTTP
	Watch      string // link that an attacker listens on
	Knows      string // KnowsAll, KnowsToken or KnowsNothing
	Start      unit.Duration
	Interval   unit.Duration
	Count      int
	ResetOther bool
}

// MiddleboxKinds are the kinds of middleboxes, the attackers last.
var MiddleboxKinds = []string{
	KindOptionRemover, KindNAT, KindFirewall, KindSequenceRewriter, KindSplitter, KindCoalescer,
	KindPayloadRewriter, KindHoleBlocker, KindACKChecker, KindWindowLimiter, KindProxy, KindResetter,
	KindCorrupter, KindDuplicator, KindStudy2011,
	KindDataInjector, KindJoinGuesser, KindJoinReplayer, KindJoinFlooder, KindAddressHijacker,
}

// Kinds of middleboxes.
const (
	KindOptionRemover    = "option-remover"
	KindNAT              = "nat"
	KindFirewall         = "firewall"
	KindSequenceRewriter = "sequence-rewriter"
	KindSplitter         = "splitter"
	KindCoalescer        = "coalescer"
	KindPayloadRewriter  = "payload-rewriter"
	KindHoleBlocker      = "hole-blocker"
	KindACKChecker       = "ack-checker"
	KindWindowLimiter    = "window-limiter"
	KindProxy            = "proxy"
	KindResetter         = "resetter"
	KindCorrupter        = "corrupter"
	KindDuplicator       = "duplicator"
	KindStudy2011        = "imc-2011"

	KindDataInjector    = "data-injector"
	KindJoinGuesser     = "join-guesser"
	KindJoinReplayer    = "join-replayer"
	KindJoinFlooder     = "join-flooder"
	KindAddressHijacker = "address-hijacker"
)

// Values of a middlebox's fields.
const (
	BothWays      = "both"
	ForwardWay    = "forward"
	BackwardWay   = "backward"
	OnAll         = "all"
	OnSYN         = "syn"
	OnData        = "data"
	HowRemove     = "remove"
	HowOverwrite  = "overwrite"
	HowEndOfList  = "end-of-list"
	HowDrop       = "drop"
	FirstEnd      = "first"
	SecondEnd     = "second"
	BothEnds      = "both"
	Drop          = "drop"
	Reset         = "reset"
	Hold          = "hold"
	Rewrite       = "rewrite"
	Keep          = "keep"
	Fix           = "fix"
	OnFirst       = "first"
	KeepNone      = "none"
	KeepHandshake = "handshake"
	KeepAll       = "all"
	Correct       = "correct"
	PortOther     = "other"
	PortHTTP      = "http"
	KnowsAll      = "all"
	KnowsToken    = "token"
	KnowsNothing  = "nothing"
)

// CorruptWords are what a corrupter changes.
var CorruptWords = []string{"payload", "dsn", "length", "checksum"}

// OptionWords name TCP options, or sets of them.
var OptionWords = []string{
	"mptcp", "unknown", "mp-capable", "mp-join", "dss", "add-addr", "remove-addr", "mp-prio", "mp-fail",
	"mp-fastclose", "mp-tcprst", "fast-open", "mss", "window-scale", "sack-permitted", "sack", "timestamps",
}

// listens tells that it is an attacker that listens on another link.
func (m *Middlebox) listens() bool {
	return slices.Contains([]string{KindJoinGuesser, KindJoinReplayer, KindJoinFlooder,
		KindAddressHijacker}, m.Kind)
}
