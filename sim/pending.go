package sim

// Pending returns the number of pending events: none when the world has come to rest. For checks after a
// run: it looks at every event that was ever made.
func (w *World) Pending() int {
	n := 0
	for _, p := range w.parts {
		n += len(p.procs.ready) - p.procs.readyHead
		for _, e := range p.nodes[1:] {
			if e.time != Never && e.time != freed {
				n++
			}
		}
	}
	return n
}
