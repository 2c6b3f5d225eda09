package pm

import "math/bits"

// Counts is what a manager tells of its work on one connection (Linux 6.18, struct mptcp_info).
type Counts struct {
	Announced int // local addresses that the peer was told of
	Accepted  int // ADD_ADDR of the peer that were answered by subflows
	Sources   int // local addresses, not the first subflow's, that subflows were opened from
}

// Counter is a Manager that counts. For those that do not, the connection counts what it sees of their
// work.
type Counter interface {
	Manager
	Counts() Counts
}

// Counts implements Counter.
func (m *linux) Counts() Counts {
	n := Counts{Announced: m.told.size(), Accepted: m.accepted, Sources: m.sources.size()}
	if m.sources.has(0) {
		n.Sources--
	}
	return n
}

func (s *idSet) size() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// Limits is what bounds a manager (Linux 6.18, struct mptcp_info): subflows beyond the first, ADD_ADDR
// that are answered, and how many endpoints have each flag.
type Limits struct {
	Extra, Accepted          int
	Signal, Subflow, Laminar int
}

// LimitsOf returns the limits of a manager of this package by its name; those of managers that it does
// not know are 0, as the kernel's of a manager in user space.
func LimitsOf(name string, c Config) Limits {
	or := func(v, base int) int {
		if v == 0 {
			return base
		}
		return v
	}
	switch name {
	case "fullmesh":
		return Limits{Extra: or(c.Limit, DefaultLimit)}
	case "ndiffports":
		return Limits{Extra: or(c.Subflows, DefaultSubflows) - 1}
	case "linux":
		l := Limits{Extra: or(c.Limit, DefaultLimit), Accepted: c.Accept}
		for _, e := range c.Endpoints {
			if e.Signal {
				l.Signal++
			}
			if e.Subflow {
				l.Subflow++
			}
			if e.Laminar {
				l.Laminar++
			}
		}
		return l
	default:
		return Limits{}
	}
}
