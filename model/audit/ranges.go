package audit

import "slices"

// ranges is a set of sequence numbers: ascending, disjoint, not touching.
type ranges []struct{ from, to int64 }

// add puts [from, to) into the set.
func (r *ranges) add(from, to int64) {
	if from >= to {
		return
	}
	s := *r
	if n := len(s); n > 0 && from >= s[n-1].from { // the usual case: at the end
		switch {
		case from <= s[n-1].to:
			s[n-1].to = max(s[n-1].to, to)
			return
		default:
			*r = append(s, struct{ from, to int64 }{from, to})
			return
		}
	}
	i := s.find(from)
	j := i
	for j < len(s) && s[j].from <= to {
		from, to = min(from, s[j].from), max(to, s[j].to)
		j++
	}
	*r = slices.Replace(s, i, j, struct{ from, to int64 }{from, to})
}

// find returns the first range that ends at or behind n.
func (r ranges) find(n int64) int {
	lo, hi := 0, len(r)
	for lo < hi {
		if mid := (lo + hi) / 2; r[mid].to < n {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// reach is the first number from n on that is not in the set.
func (r ranges) reach(n int64) int64 {
	if i := r.find(n); i < len(r) && r[i].from <= n {
		return max(n, r[i].to)
	}
	return n
}

// missing is how many numbers of [from, to) are not in the set.
func (r ranges) missing(from, to int64) int64 {
	n := max(0, to-from)
	for i := r.find(from); i < len(r) && r[i].from < to; i++ {
		n -= max(0, min(to, r[i].to)-max(from, r[i].from))
	}
	return n
}
