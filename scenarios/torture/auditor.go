package torture

import (
	"mpsim/model/audit"
	"mpsim/model/wire"
	"mpsim/sim"
)

// newAuditor makes the auditor of one host, nil if none is wanted: a second checker of what it sends, which looks at more of the protocols
// than the eye does and judges each departure by its RFC section.
func (w *world) newAuditor(host string) *audit.Auditor {
	if !w.options.Audit {
		return nil
	}
	return audit.New(audit.Options{
		Complete: true, LocalOnly: true, NoContent: true,
		Report: func(f *audit.Finding) {
			if f.Severity == audit.Violation {
				w.violate(Audit, "host %s: %s", host, f)
			}
		},
	})
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
