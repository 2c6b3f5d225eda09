package sched

// Which subflows may be considered at all: RFC 8684 section 3.3.8.

// class orders subflows by how willingly they are used.
type class uint8

const (
	regular class = iota
	backup
	staleRegular
	staleBackup
	unusable
)

func (v *View) class() class {
	switch {
	case !v.Usable:
		return unusable
	case v.Stale && v.Backup:
		return staleBackup
	case v.Stale:
		return staleRegular
	case v.Backup:
		return backup
	default:
		return regular
	}
}

// selection is the set of subflows that a pick chooses from, found while going through the views: members of
// the best class met so far.
type selection struct {
	class   class
	exclude bool // leave out the subflow from, which carries the octets to be reinjected already
	from    uint32
}

// verdict is what the selection says of one view.
type verdict uint8

const (
	skip   verdict = iota // not to be considered
	member                // of the best class so far
	better                // of a better class: all members met before are out
)

// look considers the next view.
func (s *selection) look(v *View) verdict {
	c := v.class()
	if c > s.class || c == unusable || s.exclude && v.ID == s.from {
		return skip
	}
	if c < s.class {
		s.class = c
		return better
	}
	return member
}

// start begins a selection for want.
func start(want Want) selection {
	return selection{class: unusable, exclude: want.Reinject, from: want.From}
}

// retry says that nothing but the excluded subflow may be usable, and includes it.
func (s *selection) retry() bool {
	if s.class != unusable || !s.exclude {
		return false
	}
	s.exclude = false
	return true
}
