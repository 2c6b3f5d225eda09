package sim

// ShakeTies replaces the rank that orders events of the same time by a permutation of it that depends
// on key; key 0 brings the plain order back. Conclusions drawn from a run must not change with the
// key; where they do, the model has a hidden race. Only before the first event.
func (w *World) ShakeTies(key uint64) {
	if w.events > 0 || w.now > 0 {
		w.Fail("ShakeTies after the start: it must hold for the whole run")
	}
	if w.head < len(w.open) {
		w.Fail("ShakeTies while events are sorted")
	}
	w.shake = key
}

// order returns the number that ties order by. That woken processes run before other events of the same
// time is a promise, not an accident: component 0 stays first.
func (q *queue) order(rank uint64) uint64 {
	if q.shake == 0 || rank>>32 == 0 {
		return rank
	}
	return permute(rank, q.shake)
}

// permute is a bijection of 64 bits for each key: the finaliser of SplitMix64 (Steele, Lea, Flood,
// "Fast Splittable Pseudorandom Number Generators", 2014).
func permute(x, key uint64) uint64 {
	x += key
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
