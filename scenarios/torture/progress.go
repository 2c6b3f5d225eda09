package torture

import "mpsim/sim"

// checkProgress reports a transfer that stands still though nothing is in its way.
func (w *world) checkProgress() {
	now := w.build.Now()
	if now < sim.Time(w.spec.Duration) {
		return // trouble is planned until then
	}
	limit := patience(w.spec)
	for _, t := range w.streams {
		p := t.progress()
		if p != t.seen || t.changed == 0 {
			t.seen, t.changed = p, now
			continue
		}
		if !w.traits.heals {
			continue
		}
		if now.Sub(t.changed) > limit && !t.stalled && t.open() {
			t.stalled = true
			w.violate(Stalled, "application %s: nothing has moved since %v: client%s; server%s",
				t.spec.Name, t.changed, t.state(client), t.state(server))
		}
	}
}

// progress changes whenever something of the transfer has moved.
func (t *transfer) progress() int64 {
	n := int64(0)
	for i := range t.ends {
		e := &t.ends[i]
		if e.conn != nil {
			n += 1 + e.conn.Sent() + int64(e.read)
		}
		if t.outcome(i).Done {
			n++
		}
	}
	return n + int64(t.result.Requests)
}

// open tells that both ends have a connection and wait.
func (t *transfer) open() bool {
	for i := range t.ends {
		e := &t.ends[i]
		if e.conn == nil || t.outcome(i).Done || e.conn.Err() != nil {
			return false
		}
	}
	return true
}
