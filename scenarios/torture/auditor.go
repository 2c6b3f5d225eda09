package torture

import (
	"mpsim/model/audit"
	"mpsim/model/wire"
	"mpsim/sim"
)

// newAuditor makes the auditor of one host, nil if none is wanted: a second checker of what it sends, which
// looks at more of the protocols than the eye does and judges each departure by its RFC section.
func (w *world) newAuditor(host string) *audit.Auditor {
	if w.options.NoAudit {
		return nil
	}
	return audit.New(audit.Options{
		Complete: true, LocalOnly: true, NoContent: true,
		Report: func(f *audit.Finding) {
			if f.Severity == audit.Violation && !w.unjudged(f.Check) {
				w.violate(Audit, "host %s: %s", host, f)
			}
		},
	})
}

// unjudged tells that the world leaves open whether a host may do what the auditor objects to.
func (w *world) unjudged(c audit.Check) bool {
	switch c {
	case audit.StampMissing, audit.AckBack:
		// A listener that keeps nothing has the peer's options from the third packet's timestamp, and may
		// take a late third packet for a second connection.
		return w.traits.stateless
	case audit.DataAckBeyond:
		// Of the data and ends of stream that a box has put in wrong places, a host may take any.
		return w.traits.rewrites
	default:
		return false
	}
}

// audited shows a packet to the host's auditor.
func (e *eye) audited(now sim.Time, s *wire.Segment, inbound bool) {
	if e.auditor == nil {
		return
	}
	direction := audit.Outbound
	if inbound {
		direction = audit.Inbound
	}
	e.auditor.Segment(now, direction, s)
}
