package tcp

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Flow labels (RFC 6437) where routers choose among paths by them (RFC 6438): a connection's label is random,
// and each retransmission timeout draws another one, so that the connection leaves a path that is broken
// before routing knows (Linux: sk_txhash, sk_rethink_txhash in tcp_write_timeout, which also resends SYN and
// SYN/ACK under another hash). Left out: Linux's receivers change theirs, too, when data arrives twice.

// Labeler is a Host in a network that may choose paths by IPv6 flow label.
type Labeler interface {
	// Labels tells that it does. It does not change once paths have been asked for.
	Labels() bool
	// LabelPath is Path for an IPv6 flow with a label.
	LabelPath(src, dst wire.Addr, sport, dport uint16, label uint32) (link.Path, error)
}

const flowLabelBits = 20

// labels draws flow labels; nil: the network does not look at them.
type labels struct {
	host  Labeler
	draws *sim.Stream
}

// labelsFor returns the drawer of labels for flows to dst, or nil.
func (s *Stack) labelsFor(dst wire.Addr) *labels {
	if s.labels != nil || dst.Is4() {
		return s.labels
	}
	if h, ok := s.host.(Labeler); ok && h.Labels() {
		s.labels = &labels{h, s.w.Stream("tcp/" + s.name + "/flow label")}
	}
	return s.labels
}

// next returns a label, never 0, which means none.
func (l *labels) next() uint32 { return 1 + uint32(l.draws.Below(1<<flowLabelBits-1)) }

// findPath returns the path of a flow and the label that it has there, 0 for none.
func (s *Stack) findPath(src, dst wire.Addr, sport, dport uint16) (link.Path, uint32, error) {
	if l := s.labelsFor(dst); l != nil && !dst.Is4() {
		label := l.next()
		p, err := l.host.LabelPath(src, dst, sport, dport, label)
		return p, label, err
	}
	p, err := s.host.Path(src, dst, sport, dport)
	return p, 0, err
}

// relabel takes the connection to another path, perhaps, after a timeout.
func (e *Endpoint) relabel() {
	l := e.s.labels
	if l == nil || e.label == 0 {
		return
	}
	label := l.next()
	if p, err := l.host.LabelPath(e.local, e.remote, e.lport, e.rport, label); err == nil {
		e.path, e.label = p, label
	}
}
