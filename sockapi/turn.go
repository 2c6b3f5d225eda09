package sockapi

import (
	"slices"

	"mpsim/sim"
)

// Of several processes that transmit on one connection, or consume, each waits its turn, in the order in which they
// came: Linux lets one have the socket's lock at a time. (Linux gives the lock away while a call waits for room, so
// that calls may mix their octets; here each call's octets stay together.)

// turns are the processes that wait to transmit or to consume.
type turns struct {
	writers, readers []*sim.Proc // the first one is next
	passed           sim.Signal  // one has had its turn, or has given up
}

func (t *turns) line(write bool) *[]*sim.Proc {
	if write {
		return &t.writers
	}
	return &t.readers
}

// busy tells whether a process transmits, or consumes.
func (c *Conn) busy(write bool) bool {
	if write {
		return c.source != nil
	}
	return c.sink != nil
}

// awaitTurn waits until no other process transmits (or consumes) or has waited longer to do so. The caller begins
// at once then.
func (c *Conn) awaitTurn(p *sim.Proc, write bool, deadline sim.Time) error {
	if !c.busy(write) && (c.turns == nil || len(*c.turns.line(write)) == 0) {
		return nil
	}
	if c.turns == nil {
		c.turns = &turns{}
	}
	line := c.turns.line(write)
	*line = append(*line, p)
	defer func() {
		i := slices.Index(*line, p)
		*line = slices.Delete(*line, i, i+1)
		c.turns.passed.Notify(c.world)
	}()
	for c.busy(write) || (*line)[0] != p {
		state, until := c.readState, c.readDeadline
		if write {
			state, until = c.writeState, c.writeDeadline
		}
		if until = min(until, deadline); p.Now() >= until {
			return EAGAIN
		}
		if _, err := state(p.Now()); err != nil {
			return err
		}
		if _, err := p.First(until, &c.changed, &c.turns.passed); err != nil {
			return err
		}
	}
	return nil
}

// passTurn tells those who wait that a process has had its turn.
func (c *Conn) passTurn() {
	if c.turns != nil {
		c.turns.passed.Notify(c.world)
	}
}
