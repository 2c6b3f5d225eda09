package wire

import (
	"reflect"
	"testing"
	"unsafe"
)

func TestSegmentLayout(t *testing.T) {
	const line = 64
	size := unsafe.Sizeof(Segment{})
	if size > 320 || size%line != 0 {
		t.Errorf("Segment has %d octets; at most 320 and whole cache lines wanted", size)
	}
	var s Segment
	ends := map[string]uintptr{
		"TSEcr": unsafe.Offsetof(s.TSEcr) + unsafe.Sizeof(s.TSEcr), "Payload": unsafe.Offsetof(s.Payload) + 16,
		"DSS": unsafe.Offsetof(s.DSS) + unsafe.Sizeof(s.DSS), "Dst": unsafe.Offsetof(s.Dst) + unsafe.Sizeof(s.Dst),
		"SACKN": unsafe.Offsetof(s.SACKN) + 1, "FlowLabel": unsafe.Offsetof(s.FlowLabel) + 4,
		"first block": unsafe.Offsetof(s.SACK) + unsafe.Sizeof(s.SACK[0]), "Opts": unsafe.Offsetof(s.Opts) + 4,
	}
	for name, end := range ends {
		if end > 2*line {
			t.Errorf("%s ends at %d, beyond the two hot cache lines", name, end)
		}
	}
	if end := unsafe.Offsetof(s.SACK) + 3*unsafe.Sizeof(s.SACK[0]); end > 144 {
		t.Errorf("third SACK block ends at %d, beyond 144", end)
	}
}

func TestSegmentHasNoPointers(t *testing.T) {
	if path := pointerIn(reflect.TypeFor[Segment](), "Segment"); path != "" {
		t.Errorf("%s holds a pointer: the collector would scan every arena", path)
	}
	if pointerIn(reflect.TypeFor[struct{ a [2]struct{ b []int } }](), "x") == "" {
		t.Error("pointerIn misses a slice in an array of structs")
	}
}

// pointerIn returns the path of a field that the collector would have to follow, or "".
func pointerIn(typ reflect.Type, path string) string {
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			field := typ.Field(i)
			if found := pointerIn(field.Type, path+"."+field.Name); found != "" {
				return found
			}
		}
		return ""
	case reflect.Array:
		return pointerIn(typ.Elem(), path+"[]")
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return ""
	}
	return path
}

func TestClearForReuseMakesEmpty(t *testing.T) {
	var s Segment
	octets := unsafe.Slice((*byte)(unsafe.Pointer(&s)), unsafe.Sizeof(s))
	for i := range octets {
		octets[i] = 1
	}
	s.ClearForReuse()
	if got := s.Canonical(); got != (Segment{}) {
		t.Errorf("after ClearForReuse the segment still says %+v", got)
	}
	if s.Join.Token == 0 {
		t.Error("ClearForReuse touched the cold part")
	}
}

func TestSegLen(t *testing.T) {
	s := Segment{Flags: SYN | ACK, Payload: Payload{Len: 10, Stream: 1}}
	if s.SegLen() != 11 {
		t.Errorf("SYN with 10 octets: %d", s.SegLen())
	}
	s.Flags = FIN | ACK | PSH
	if s.SegLen() != 11 {
		t.Errorf("FIN with 10 octets: %d", s.SegLen())
	}
	s.Flags |= SYN
	if s.SegLen() != 12 {
		t.Errorf("SYN and FIN with 10 octets: %d", s.SegLen())
	}
}

func TestPayload(t *testing.T) {
	p := Payload{Stream: 2, Pos: 100, Len: 50}
	a, b := p.Slice(0, 20), p.Slice(20, 50)
	if !Adjacent(a, b) || Adjacent(b, a) || b.End() != p.End() {
		t.Errorf("slices %+v and %+v of %+v do not follow each other", a, b, p)
	}
	if Adjacent(a, Payload{}) || Adjacent(Payload{}, a) || p.Slice(5, 5) != (Payload{}) {
		t.Error("an empty payload is adjacent to nothing and names no stream")
	}
	other := b
	other.Stream = 3
	if Adjacent(a, other) {
		t.Error("payloads of different streams are not adjacent")
	}
}
