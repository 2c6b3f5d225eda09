package sched

import (
	"fmt"
	"strings"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// View is what a scheduler may know of one subflow. Octets unless said otherwise.
type View struct {
	ID       uint32        // subflow number in its connection, from 0
	SRTT     unit.Duration // 0: no sample yet
	RTTVar   unit.Duration
	Cwnd     int64
	InFlight int64
	Room     int64 // octets of new data it may send now; 0: window full, pacing, or not established
	MSS      int64
	Backup   bool
	Stale    bool // lost several RTOs in a row, or its interface is down: use only if nothing else is left
	Usable   bool // established at the MPTCP level and not closing
}

// Want is what is to be sent.
type Want struct {
	Unsent     int64 // octets of new data waiting
	SendWindow int64 // octets the peer's data-level window still allows
	Reinject   bool  // the octets were sent before on the subflow From and are to go out on another
	From       uint32
}

// Scheduler picks the subflow for the next segment.
type Scheduler interface {
	Name() string
	// Pick returns the index into views of the subflow that sends next, or -1 to send nothing now (all
	// that it would use lack room). Called each time some subflow may transmit and data waits.
	Pick(now sim.Time, views []View, want Want) int
}

// Eager is a Scheduler that never waits: if a single view has room, and that subflow is usable and neither backup nor
// stale, Pick returns it whatever the others are.
type Eager interface {
	Scheduler
	// Picked stands for a Pick with such views, which would return the subflow of that ID.
	Picked(id uint32)
}

// Copier is a Scheduler that may have the same octets sent on several subflows.
type Copier interface {
	Scheduler
	// Copies returns the indices of the views that are to carry, too, what the subflow of the last Pick was given,
	// as far as they have room. It is called after new data was sent, not after a reinjection; the slice is good
	// until the next Pick.
	Copies() []int
}

// New returns a fresh scheduler of that name ("minrtt", "roundrobin"), for one connection, or an error
// that lists the names.
func New(name string) (Scheduler, error) {
	switch name {
	case "minrtt":
		return &minRTT{}, nil
	case "roundrobin":
		return &roundRobin{}, nil
	}
	return nil, fmt.Errorf("scheduler %q: no such scheduler (have %s)", name, strings.Join(Names(), ", "))
}

// Names lists the schedulers in alphabetical order.
func Names() []string { return []string{"minrtt", "roundrobin"} }
