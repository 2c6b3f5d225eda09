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

// selection is the set of subflows that a pick chooses from.
type selection struct {
	class   class
	exclude bool // leave out the subflow from
	from    uint32
}

// selectFrom finds the first class with a usable subflow, without the one that carries the octets
// to be reinjected unless there is no other.
func selectFrom(views []View, want Want) selection {
	s := selection{class: unusable, exclude: want.Reinject, from: want.From}
	for i := range views {
		if !s.leavesOut(&views[i]) {
			s.class = min(s.class, views[i].class())
		}
	}
	if s.class == unusable && s.exclude {
		return selectFrom(views, Want{})
	}
	return s
}

func (s *selection) leavesOut(v *View) bool { return s.exclude && v.ID == s.from }

// allows says that v is of the selection and has room.
func (s *selection) allows(v *View) bool {
	return v.Room > 0 && v.Usable && v.class() == s.class && !s.leavesOut(v)
}
