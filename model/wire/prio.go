package wire

// MP_PRIO (RFC 8684 section 3.3.8; RFC 6824 section 3.3.8 for version 0).

// Prio is MP_PRIO (section 3.3.8); HasID only in v0, where the change may be of another subflow.
type Prio struct {
	Backup, HasID bool
	AddrID        uint8
}

const prioLen = 3

func (p *Prio) wireLen() int {
	if p.HasID {
		return prioLen + 1
	}
	return prioLen
}

func (p *Prio) canonical() Prio {
	k := *p
	if !k.HasID {
		k.AddrID = 0
	}
	return k
}

func (p *Prio) append(w []byte) []byte {
	flags := byte(0)
	if p.Backup {
		flags = backupFlag
	}
	w = append(w, kindMPTCP, byte(p.wireLen()), subtypePrio|flags)
	if p.HasID {
		w = append(w, p.AddrID)
	}
	return w
}

func (p *Prio) decode(o []byte, version int) bool {
	switch {
	case len(o) == prioLen:
		*p = Prio{Backup: o[2]&backupFlag != 0}
	case len(o) == prioLen+1 && version == 0:
		*p = Prio{Backup: o[2]&backupFlag != 0, HasID: true, AddrID: o[3]}
	default:
		return false
	}
	return true
}
