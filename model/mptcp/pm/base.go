package pm

import (
	"slices"

	"mpsim/model/wire"
)

// What all managers but none do alike: announcing and withdrawing (RFC 8684 sections 3.4.1 and 3.4.2), and
// remembering which addresses and pairs may be used.

// pair is where a subflow leads. It is known by address, since another ID does not make another path.
type pair struct {
	localID uint8
	remote  wire.Addr
	port    uint16
}

// failure is a pair that did not last.
type failure struct {
	pair
	joined bool // it was established first: worth another try when nothing else is left
	banned bool // the peer said that it is for good (section 3.6, T=0)
}

// base is the state of one connection.
type base struct {
	config      Config
	established bool
	over        bool
	known       idSet // local IDs that the peer can know
	withdrawn   idSet // local IDs taken back and not announced since
	removed     idSet // remote IDs taken back and not announced since
	failures    []failure
	opening     []pair   // opened by this manager, no event about them yet
	closing     []uint32 // subflows that this manager has closed, no event about them yet
	buffer      []Subflow
}

// handle keeps the books for an event and does the announcing. It returns false if the manager has
// nothing more to decide: not yet established, or over.
func (b *base) handle(c Conn, e Event) bool {
	switch e.Kind {
	case Established:
		b.established = true
		b.start(c)
	case Closed:
		b.over = true
	case Announced:
		b.removed.remove(e.Remote.ID)
		b.forgive(func(f failure) bool { return f.remote == e.Remote.Addr && !f.banned })
	case Removed:
		b.removed.add(e.Remote.ID)
	case SubflowEstablished:
		b.known.add(e.Subflow.LocalID)
		if !slices.Contains(b.closing, e.Subflow.ID) { // its pair may be on its way again
			b.settle(e.Subflow)
		}
	case SubflowClosed:
		b.subflowLost(e.Subflow, e.Reset)
	case RetryDue:
		b.forgive(func(f failure) bool { return f.pair == pairOf(e.Subflow) && !f.banned })
	case LocalUp:
		b.forgive(func(f failure) bool { return f.localID == e.Local.ID })
		if b.established && !b.over {
			b.announce(c, e.Local)
		}
	case LocalDown:
		if b.established && !b.over {
			b.localLost(c, e.Local)
		}
	case Created, SubflowPriority, SubflowStale, SubflowRecovered, TimerDue, SubflowTimeout:
		// Nothing that all managers would do.
	}
	return b.established && !b.over
}

// start announces what may be announced, takes note of the first subflow, and catches up with what
// went down during the handshake.
func (b *base) start(c Conn) {
	for _, s := range c.Subflows() {
		b.known.add(s.LocalID)
	}
	for _, l := range c.Locals() {
		if l.Up {
			b.announce(c, l)
		} else {
			b.localLost(c, l)
		}
	}
}

// announce sends ADD_ADDR for an address if configured. The first address needs none, unless it was
// withdrawn.
func (b *base) announce(c Conn, l Local) {
	if !b.config.Announce || l.ID == 0 && !b.withdrawn.has(0) {
		return
	}
	b.known.add(l.ID)
	b.withdrawn.remove(l.ID)
	c.Announce(l)
}

// localLost withdraws a down address and closes its subflows. The withdrawal comes first: the peer
// hears of it on another subflow.
func (b *base) localLost(c Conn, l Local) {
	if b.known.has(l.ID) {
		b.known.remove(l.ID)
		b.withdrawn.add(l.ID)
		c.Withdraw(l.ID)
	}
	b.opening = slices.DeleteFunc(b.opening, func(p pair) bool { return p.localID == l.ID })
	for _, s := range c.Subflows() {
		if s.LocalID == l.ID {
			b.close(c, s)
		}
	}
}

// forgive forgets the failures of which f is true.
func (b *base) forgive(f func(failure) bool) { b.failures = slices.DeleteFunc(b.failures, f) }

// subflowLost keeps the books for a closed subflow. What this manager closed itself is no failure.
func (b *base) subflowLost(s Subflow, r Reset) {
	if !b.ended(s) && !s.Incoming {
		b.fail(failure{pair: pairOf(s), joined: s.Established, banned: r.Given && !r.Transient})
	}
}

// ended takes a closed subflow off the lists of what is under way. It tells whether this manager has closed it.
func (b *base) ended(s Subflow) bool {
	if i := slices.Index(b.closing, s.ID); i >= 0 {
		b.closing = slices.Delete(b.closing, i, i+1)
		return true
	}
	if !s.Established { // others were settled when they were established
		b.settle(s)
	}
	return false
}

// fail remembers that a pair did not last. A refused join outweighs an earlier success.
func (b *base) fail(f failure) {
	i := slices.IndexFunc(b.failures, func(o failure) bool { return o.pair == f.pair })
	if i < 0 {
		b.failures = append(b.failures, f)
		return
	}
	o := &b.failures[i]
	o.joined, o.banned = o.joined && f.joined, o.banned || f.banned
}

// open starts a join and remembers it.
func (b *base) open(c Conn, l Local, r Remote, backup bool) {
	b.opening = append(b.opening, pair{localID: l.ID, remote: r.Addr, port: r.Port})
	c.OpenSubflow(l, r, backup)
}

// close ends a subflow once. A join that was under way no longer is.
func (b *base) close(c Conn, s Subflow) {
	if slices.Contains(b.closing, s.ID) {
		return
	}
	if !s.Established {
		b.settle(s)
	}
	b.closing = append(b.closing, s.ID)
	c.CloseSubflow(s.ID)
}

// settle forgets one join of this pair that was under way.
func (b *base) settle(s Subflow) {
	if s.Incoming {
		return
	}
	if i := slices.Index(b.opening, pairOf(s)); i >= 0 {
		b.opening = slices.Delete(b.opening, i, i+1)
	}
}

// possible says that the pair of addresses may carry a subflow at all.
func (b *base) possible(c Conn, l Local, r Remote) bool {
	return l.Up && l.Addr.Is4() == r.Addr.Is4() && !b.removed.has(r.ID) &&
		(r.ID != 0 || r.PortGiven || c.RemoteAllowsInitialAddress())
}

// failed says that a subflow over the pair did not last.
func (b *base) failed(l Local, r Remote) bool {
	p := pair{localID: l.ID, remote: r.Addr, port: r.Port}
	return slices.ContainsFunc(b.failures, func(f failure) bool { return f.pair == p })
}

// alive lists the subflows that are open or being opened and not about to close. The slice is good until
// the next call.
func (b *base) alive(c Conn) []Subflow {
	b.buffer = b.buffer[:0]
	for _, s := range c.Subflows() {
		if !slices.Contains(b.closing, s.ID) {
			b.buffer = append(b.buffer, s)
		}
	}
	return b.buffer
}

// unlisted counts the joins of which the connection's list does not know yet: those opened in this
// callback, or put off by the connection.
func (b *base) unlisted(alive []Subflow) int {
	count := 0
	for i, p := range b.opening {
		if !slices.Contains(b.opening[:i], p) {
			count += b.unlistedOver(alive, p)
		}
	}
	return count
}

// unlistedOver is unlisted for one pair.
func (b *base) unlistedOver(alive []Subflow, p pair) int {
	count := 0
	for _, q := range b.opening {
		if q == p {
			count++
		}
	}
	for _, s := range alive {
		if count > 0 && !s.Established && !s.Incoming && pairOf(s) == p {
			count--
		}
	}
	return count
}

// total counts subflows, those of which the list does not know yet included.
func (b *base) total(c Conn) int {
	alive := b.alive(c)
	return len(alive) + b.unlisted(alive)
}

// reviveIfEmpty allows another try over pairs that once worked when no subflow is left.
func (b *base) reviveIfEmpty(c Conn) {
	if b.total(c) == 0 {
		b.forgive(func(f failure) bool { return f.joined && !f.banned })
	}
}

// pairOf is where s leads.
func pairOf(s Subflow) pair {
	return pair{localID: s.LocalID, remote: s.Remote, port: s.RemotePort}
}
