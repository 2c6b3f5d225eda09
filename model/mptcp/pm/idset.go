package pm

// idSet is a set of address IDs (RFC 8684 section 3.2: one octet).
type idSet [4]uint64

func (s *idSet) add(id uint8)      { s[id/64] |= 1 << (id % 64) }
func (s *idSet) remove(id uint8)   { s[id/64] &^= 1 << (id % 64) }
func (s *idSet) has(id uint8) bool { return s[id/64]>>(id%64)&1 != 0 }
