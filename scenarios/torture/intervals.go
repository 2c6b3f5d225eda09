package torture

import "slices"

// intervals is a set of sequence numbers: ascending, disjoint half-open ranges.
type intervals []struct{ from, to uint32 }

// add puts [from, to) into the set.
func (s *intervals) add(from, to uint32) {
	if from >= to {
		return
	}
	list := *s
	i := len(list)
	for i > 0 && list[i-1].to >= from {
		i--
	}
	k := i
	for k < len(list) && list[k].from <= to {
		from, to = min(from, list[k].from), max(to, list[k].to)
		k++
	}
	list = slices.Replace(list, i, k, struct{ from, to uint32 }{from, to})
	*s = list
}

// cut takes [from, to) out of the set.
func (s *intervals) cut(from, to uint32) {
	if from >= to {
		return
	}
	var out intervals
	for _, r := range *s {
		if r.to <= from || r.from >= to {
			out = append(out, r)
			continue
		}
		if r.from < from {
			out = append(out, struct{ from, to uint32 }{r.from, from})
		}
		if r.to > to {
			out = append(out, struct{ from, to uint32 }{to, r.to})
		}
	}
	*s = out
}

// reach returns the end of the range that holds from, or from.
func (s intervals) reach(from uint32) uint32 {
	for _, r := range s {
		if r.from <= from && from < r.to {
			return r.to
		}
	}
	return from
}
