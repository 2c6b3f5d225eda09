package link

import (
	"fmt"
	"strings"

	"mpsim/model/wire"
	"mpsim/sim"
)

// Kind names a queue discipline.
type Kind uint8

// The disciplines. DropTail, Threshold and RED decide about a packet when it comes; the others have
// something to do when it leaves the queue.
const (
	DropTail  Kind = iota // the zero value
	Threshold             // marks every packet that finds more than Discipline.Mark (RFC 8257 section 3.1)
	RED                   // random early detection (Floyd and Jacobson 1993)
	CoDel                 // controlled delay (RFC 8289)
	FQCoDel               // flow queueing with CoDel (RFC 8290)
	PIE                   // proportional integral controller enhanced (RFC 8033)
	kinds
)

// Kinds lists the names of the disciplines, in the order of their values.
func Kinds() []string {
	return []string{"drop-tail", "ecn-threshold", "red", "codel", "fq-codel", "pie"}
}

// String returns the name that ParseKind takes.
func (k Kind) String() string {
	if k >= kinds {
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
	return Kinds()[k]
}

// ParseKind returns the discipline of that name, or an error that lists the names.
func ParseKind(name string) (Kind, error) {
	for k, have := range Kinds() {
		if have == name {
			return Kind(k), nil
		}
	}
	return 0, fmt.Errorf("no queue discipline %q: use one of %s", name, strings.Join(Kinds(), ", "))
}

// Discipline says what a queue does before its limit is reached. The limit itself is Config.Queue. Parameters
// of other kinds than Kind are ignored, zero ones take their defaults.
type Discipline struct {
	Kind Kind
	// ECN lets RED and its like mark the packets that are ECN-capable (RFC 3168 section 5) where they would
	// drop them early. Threshold always marks.
	ECN bool
	// Strict lets Threshold drop a packet that it cannot mark, as switches do that mark by means of RED;
	// without it such a packet passes.
	Strict bool
	Band   int   // DropTail: packets at the end of the queue, see band.go; 0: none
	Mark   Queue // Threshold: K, either octets or packets
	RED    REDConfig
	CoDel  CoDelConfig // of FQCoDel, too
	FQ     FQConfig
	PIE    PIEConfig
}

// verdict is what a discipline decides about one packet.
type verdict uint8

const (
	verdictPass verdict = iota
	verdictMark         // take it and tell its receiver of congestion
	verdictDrop
)

// aqm is the state of a link's discipline.
type aqm struct {
	Discipline
	stream *sim.Stream // "link/<name>/queue": one draw for each packet whose fate is a matter of chance
	red    redState
	server *server // of CoDel, FQCoDel and PIE
}

// fill replaces zero parameters by their defaults.
func (d *Discipline) fill() {
	d.RED.fill()
	d.CoDel.fill()
	d.FQ.fill()
	d.PIE.fill()
}

// active tells whether the queue is more than a drop-tail one.
func (d *Discipline) active() bool { return d.Kind != DropTail || d.Band != 0 }

func (d *Discipline) check(c *Config) error {
	switch d.Kind {
	case DropTail:
		return d.checkBand(c)
	case Threshold:
		return d.checkMark(c)
	case RED:
		return d.RED.check(c)
	case CoDel:
		return d.CoDel.check(c.Name)
	case FQCoDel:
		if err := d.FQ.check(c.Name); err != nil {
			return err
		}
		return d.CoDel.check(c.Name)
	case PIE:
		return d.PIE.check(c.Name)
	}
	return fmt.Errorf("link %s: queue discipline %d is unknown", c.Name, d.Kind)
}

// initDiscipline gives link id the discipline that c asks for, which check has found right.
func (n *Net) initDiscipline(l *link, x *extra, c *Config, id ID) {
	if !c.Discipline.active() {
		return
	}
	a := &aqm{Discipline: c.Discipline}
	a.fill()
	a.stream = n.w.Stream("link/" + c.Name + "/queue")
	x.aqm = a
	if a.Kind >= CoDel {
		n.initServer(l, x, a, id)
		return
	}
	a.red.init(a.RED)
	l.mode |= modeEarly
}

// early asks the discipline of id about p, which has just come. What is refused anyway, because the link is
// down or the packet too large, does not concern it.
func (n *Net) early(now sim.Time, id ID, p PacketID) verdict {
	l, a := &n.links[id], n.extras[id].aqm
	size := int64(n.packets[p].size)
	if l.mode&modeDown != 0 || size > int64(l.mtu) {
		return verdictPass
	}
	n.settle(l, now)
	switch a.Kind {
	case DropTail:
		if a.inBand(l, &n.extras[id]) {
			return verdictDrop
		}
	case Threshold:
		if a.above(l) && (a.Strict || capable(n.Segment(p))) {
			return n.signal(p, true)
		}
	case RED:
		if a.red.arrive(now, l, a.stream) {
			return n.signal(p, a.ECN && !a.red.forced)
		}
	}
	return verdictPass
}

// signal returns how congestion is told to the sender of p.
func (n *Net) signal(p PacketID, ecn bool) verdict {
	if ecn && capable(n.Segment(p)) {
		return verdictMark
	}
	return verdictDrop
}

// Codepoints of the ECN field (RFC 3168 section 5).
const (
	ecnMask = 3
	ecnCE   = 3
)

// capable tells that the transport of a segment reacts to marks.
func capable(s *wire.Segment) bool { return s.TOS&ecnMask != 0 }

// mark sets the congestion-experienced codepoint of p, which id has accepted.
func (n *Net) mark(id ID, p PacketID) {
	size := n.packets[p].size
	n.Segment(p).TOS |= ecnCE
	n.extras[id].marked.add(int64(size))
	n.links[id].hash.Mix(1<<62 | uint64(size))
}
