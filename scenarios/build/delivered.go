package build

import "mpsim/model/tcp"

// Delivered returns the payload octets that traffic has brought to its receivers in order, and the payload
// of a full segment of the first host's connections (octets; 0: it has none).
func (w *World) Delivered() (octets, mss int64) {
	for _, g := range w.groups {
		for _, f := range g.run.Flows() {
			octets += f.Received
		}
	}
	if len(w.hosts) > 0 {
		w.hosts[0].api.TCP().EachEndpoint(func(e *tcp.Endpoint) bool {
			mss = max(mss, e.MSS())
			return true
		})
	}
	return octets, mss
}
