package build

import (
	"reflect"
	"unsafe"
)

// footprint counts the octets that data take: it follows every pointer, slice, map, string and interface once.
// What functions have captured cannot be seen, and what maps take is estimated. The data must not change meanwhile.
type footprint struct {
	kinds  map[string]string // by type ("link.packet"), or type and field ("link.Net.routes")
	octets map[string]int64  // by kind
	number map[string]int64  // of values, by type, of the types in kinds
	seen   map[uintptr]uintptr
	ends   map[uintptr]uintptr // where arrays begin that lead nowhere, by where they end
	parts  map[reflect.Type][]part
	todo   []place
}

// place is a value to be followed; its own octets have been counted.
type place struct {
	at   unsafe.Pointer
	t    reflect.Type
	kind string
}

// part is what leads from a value to memory elsewhere.
type part struct {
	offset uintptr
	t      reflect.Type
	kind   string // "": that of the value
}

func newFootprint(kinds map[string]string) *footprint {
	return &footprint{
		kinds: kinds, octets: map[string]int64{}, number: map[string]int64{},
		seen: map[uintptr]uintptr{}, ends: map[uintptr]uintptr{}, parts: map[reflect.Type][]part{},
	}
}

// add counts all that p, a pointer, leads to and that has not been counted yet.
func (f *footprint) add(p any, kind string) {
	v := reflect.ValueOf(p)
	f.reach(v.UnsafePointer(), v.Type().Elem(), kind)
	for len(f.todo) > 0 {
		last := len(f.todo) - 1
		next := f.todo[last]
		f.todo = f.todo[:last]
		for _, x := range f.partsOf(next.t) {
			kind := next.kind
			if x.kind != "" {
				kind = x.kind
			}
			f.follow(unsafe.Add(next.at, x.offset), x.t, kind)
		}
	}
}

// reach counts a value that a pointer leads to.
func (f *footprint) reach(at unsafe.Pointer, t reflect.Type, kind string) {
	k := f.kinds[t.String()]
	if k != "" {
		kind = k
	}
	if at != nil && t.Size() > 0 && f.count(at, t.Size(), kind) {
		f.todo = append(f.todo, place{at, t, kind})
		if k != "" {
			f.number[t.String()]++
		}
	}
}

// count counts so many octets at an address, or how many more they are than have been counted there; it tells
// whether there were any.
func (f *footprint) count(at unsafe.Pointer, size uintptr, kind string) bool {
	before := f.seen[uintptr(at)]
	if size <= before {
		return false
	}
	f.octets[kind] += int64(size - before)
	f.seen[uintptr(at)] = size
	return true
}

// partsOf returns the parts of a type that lead elsewhere.
func (f *footprint) partsOf(t reflect.Type) []part {
	parts, known := f.parts[t]
	if known {
		return parts
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.String, reflect.Interface:
		parts = []part{{t: t}}
	case reflect.Struct:
		for i := range t.NumField() {
			field := t.Field(i)
			for _, p := range f.partsOf(field.Type) {
				p.offset += field.Offset
				if k := f.kinds[t.String()+"."+field.Name]; k != "" && p.kind == "" {
					p.kind = k
				}
				parts = append(parts, p)
			}
		}
	case reflect.Array:
		for i := range t.Len() {
			for _, p := range f.partsOf(t.Elem()) {
				p.offset += uintptr(i) * t.Elem().Size()
				parts = append(parts, p)
			}
		}
	}
	f.parts[t] = parts
	return parts
}

// follow counts what the pointer, slice ... at an address leads to.
func (f *footprint) follow(at unsafe.Pointer, t reflect.Type, kind string) {
	switch t.Kind() {
	case reflect.Pointer:
		f.reach(*(*unsafe.Pointer)(at), t.Elem(), kind)
	case reflect.String:
		s := *(*string)(at)
		if len(s) > 0 {
			f.count(unsafe.Pointer(unsafe.StringData(s)), uintptr(len(s)), kind)
		}
	case reflect.Slice:
		v := reflect.NewAt(t, at).Elem()
		f.elements(v.UnsafePointer(), v.Cap(), t.Elem(), kind)
	case reflect.Map:
		f.entries(reflect.NewAt(t, at).Elem(), kind)
	case reflect.Interface:
		if v := reflect.NewAt(t, at).Elem().Elem(); v.IsValid() && v.Kind() == reflect.Pointer {
			f.reach(v.UnsafePointer(), v.Type().Elem(), kind)
		}
	}
}

// elements counts the array under a slice.
func (f *footprint) elements(at unsafe.Pointer, n int, t reflect.Type, kind string) {
	if k := f.kinds[t.String()]; k != "" {
		kind = k
	}
	size := t.Size()
	if n == 0 || size == 0 {
		return
	}
	if len(f.partsOf(t)) == 0 {
		f.array(uintptr(at), uintptr(n)*size, kind)
		return
	}
	for i := range n { // one by one: pointers lead to single elements, too
		if e := unsafe.Add(at, uintptr(i)*size); f.count(e, size, kind) {
			f.todo = append(f.todo, place{e, t, kind})
		}
	}
}

// array counts an array that leads nowhere. Slices of different parts of it end together, as far as they may grow.
func (f *footprint) array(at, size uintptr, kind string) {
	end := at + size
	first, known := f.ends[end]
	switch {
	case !known:
		f.octets[kind] += int64(size)
	case at < first:
		f.octets[kind] += int64(first - at)
	default:
		return
	}
	f.ends[end] = at
}

// mapOctets is what a map takes beside its entries; mapLoad is how many of eight places are taken, about.
const (
	mapOctets = 48
	mapLoad   = 6
)

func (f *footprint) entries(m reflect.Value, kind string) {
	if m.IsNil() || !f.count(m.UnsafePointer(), mapOctets, kind) {
		return
	}
	key, value := m.Type().Key(), m.Type().Elem()
	f.octets[kind] += int64(m.Len()) * int64(key.Size()+value.Size()+1) * 8 / mapLoad
	if len(f.partsOf(key)) == 0 && len(f.partsOf(value)) == 0 {
		return
	}
	for i := m.MapRange(); i.Next(); {
		for _, v := range []reflect.Value{i.Key(), i.Value()} {
			c := reflect.New(v.Type()) // what a map holds has no address
			c.Elem().Set(v)
			for _, p := range f.partsOf(v.Type()) {
				f.follow(unsafe.Add(c.UnsafePointer(), p.offset), p.t, kind)
			}
		}
	}
}
