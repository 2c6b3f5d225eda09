package abi

// Pointer is an address in an application's memory, 8 octets in a structure; 0 is the null pointer.
type Pointer uint64

// Memory is what an application's pointers lead to: slices of its own with an address each. The zero value is
// empty, and a nil Memory has nothing either.
type Memory struct {
	regions []region
	next    Pointer
}

type region struct {
	at    Pointer
	bytes []byte
}

const (
	firstAddress = 0x10000
	page         = 0x1000 // between regions, so that what runs out of one does not reach the next
)

// Map gives a slice an address, a multiple of 4096. What the kernel writes there is in the slice.
func (m *Memory) Map(b []byte) Pointer {
	if m.next == 0 {
		m.next = firstAddress
	}
	at := m.next
	m.regions = append(m.regions, region{at: at, bytes: b})
	m.next += (Pointer(len(b))/page + 2) * page
	return at
}

// At returns the octets behind a pointer, up to the end of what was mapped there; ok is false where nothing
// is (EFAULT).
func (m *Memory) At(p Pointer) (b []byte, ok bool) {
	if m == nil {
		return nil, false
	}
	for _, r := range m.regions {
		if p >= r.at && p-r.at < Pointer(len(r.bytes)) {
			return r.bytes[p-r.at:], true
		}
	}
	return nil, false
}

// Bytes returns n octets behind a pointer; ok is false where there are not so many (EFAULT).
func (m *Memory) Bytes(p Pointer, n int) (b []byte, ok bool) {
	b, ok = m.At(p)
	if !ok || n < 0 || n > len(b) {
		return nil, false
	}
	return b[:n], true
}
