package main

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// vantages tells which interfaces of a capture belong to one vantage point.
type vantages struct {
	group map[int]int // of an interface
	count int
}

// of returns the vantage point of an interface.
func (v *vantages) of(iface int) int { return v.group[iface] }

// sightings finds interfaces that see the same packets: they cannot belong to one vantage point.
type sightings struct {
	order []int
	seen  map[uint64][]int
	apart map[[2]int]bool
}

// sightingsMax is how many packets are compared.
const sightingsMax = 200_000

func newSightings() *sightings {
	return &sightings{seen: map[uint64][]int{}, apart: map[[2]int]bool{}}
}

func (s *sightings) packet(c captured) {
	known := false
	for _, i := range s.order {
		known = known || i == c.iface
	}
	if !known {
		s.order = append(s.order, c.iface)
	}
	b := c.ip
	if len(b) < 40 || len(s.seen) > sightingsMax {
		return
	}
	start := 40
	h := fnv.New64a()
	if b[0]>>4 == 4 {
		start = int(b[0]&15) * 4
		_, _ = h.Write(b[4:6]) // the identification
		_, _ = h.Write(b[12:20])
	} else {
		_, _ = h.Write(b[8:40])
	}
	if len(b) < start+20 {
		return
	}
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(b)))
	_, _ = h.Write(length[:])
	_, _ = h.Write(b[start : start+16])
	key := h.Sum64()
	for _, other := range s.seen[key] {
		if other != c.iface {
			s.apart[[2]int{min(other, c.iface), max(other, c.iface)}] = true
		}
	}
	for _, other := range s.seen[key] {
		if other == c.iface {
			return
		}
	}
	s.seen[key] = append(s.seen[key], c.iface)
}

// group puts each interface into the first vantage point that sees none of its packets.
func (s *sightings) group() vantages {
	v := vantages{group: map[int]int{}}
	var members [][]int
	for _, i := range s.order {
		g := 0
	next:
		for ; g < len(members); g++ {
			for _, other := range members[g] {
				if s.apart[[2]int{min(i, other), max(i, other)}] {
					continue next
				}
			}
			break
		}
		if g == len(members) {
			members = append(members, nil)
		}
		members[g] = append(members[g], i)
		v.group[i] = g
	}
	v.count = max(1, len(members))
	return v
}

// chosen makes the vantage points that the user named: each a list of interface numbers or names; what
// is not named is one more.
func chosen(lists []string, names []string, order []int) (vantages, error) {
	v := vantages{group: map[int]int{}}
	for g, list := range lists {
		for _, name := range strings.Split(list, ",") {
			i, err := strconv.Atoi(name)
			if err != nil {
				i = -1
				for n, x := range names {
					if x == name {
						i = n
					}
				}
			}
			if i < 0 {
				return v, fmt.Errorf("--vantage: there is no interface %q; the file has %s", name, strings.Join(names, ", "))
			}
			v.group[i] = g
		}
	}
	v.count = len(lists)
	for _, i := range order {
		if _, ok := v.group[i]; !ok {
			v.group[i] = len(lists)
			v.count = len(lists) + 1
		}
	}
	return v, nil
}
