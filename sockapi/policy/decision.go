package policy

import (
	"fmt"

	"mpsim/model/wire"
	"mpsim/sim"
)

// Action is what an agent has done.
type Action uint8

// Actions.
const (
	Open      Action = iota // a subflow is being opened over a path
	Close                   // a subflow was closed
	Rank                    // a subflow was made regular or backup
	Failed                  // a path is left alone for a while
	Advertise               // an address was announced to the peer
)

// String is the name used in traces.
func (a Action) String() string {
	return [...]string{"open", "close", "rank", "failed", "advertise"}[a]
}

// Decision is one thing that an agent has done.
type Decision struct {
	At     sim.Time
	Action Action
	Path   int // index in order of preference, as it was then; -1: of none
	Local  wire.Addr
	Sub    uint8 // subflow number; 0: none
	Backup bool  // Open, Rank
	Why    string
	Err    error // the option's
}

// String shows the decision without its time.
func (d Decision) String() string {
	s := fmt.Sprintf("%s path %d", d.Action, d.Path)
	if d.Backup {
		s += " backup"
	}
	if d.Why != "" {
		s += " (" + d.Why + ")"
	}
	if d.Err != nil {
		s += ": " + d.Err.Error()
	}
	return s
}

// Decisions lists what the agent has done. The slice belongs to it.
func (a *Agent) Decisions() []Decision { return a.decisions }

// OnDecision registers who is told of each (nil: nobody).
func (a *Agent) OnDecision(f func(d Decision)) { a.watch = f }

func (a *Agent) decide(d Decision) {
	d.At = a.Now()
	if d.Path >= 0 {
		d.Local = a.paths[d.Path].Local
	}
	a.decisions = append(a.decisions, d)
	if a.watch != nil {
		a.watch(d)
	}
}

// State is what SCTP tells of a peer's address (RFC 6458 section 6.1.2, SCTP_PEER_ADDR_CHANGE), here of a
// path.
type State uint8

// States. The numbers are those of Linux (include/uapi/linux/sctp.h).
const (
	Available   State = iota // a subflow over it is established
	Unreachable              // it has failed
	Removed                  // its address went down
	Added                    // its address came up
	MadePrimary              // Agent.SetPrimary
)

// String is the name used in traces.
func (s State) String() string {
	return [...]string{"available", "unreachable", "removed", "added", "made-primary"}[s]
}

// OnState registers who is told when the state of the path of a local address changes (nil: nobody).
func (a *Agent) OnState(f func(local wire.Addr, s State)) { a.moves = f }

func (a *Agent) tell(i int, s State) {
	if a.moves != nil {
		a.moves(a.paths[i].Local, s)
	}
}
