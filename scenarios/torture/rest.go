package torture

import (
	"mpsim/model/middlebox"
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/topo"
	"mpsim/sockapi"
)

// checkBuffers holds every connection to the sizes that its host was given.
func (w *world) checkBuffers() {
	w.build.EachHost(func(t *topo.Host, h *sockapi.Host) {
		if m := h.MPTCP(); m != nil {
			most := m.Config()
			m.EachConn(func(c *mptcp.Conn) bool {
				w.checkConn(h.Name(), c, &most)
				return true
			})
		}
	})
}

func (w *world) checkConn(host string, c *mptcp.Conn, most *mptcp.Config) {
	i := c.Info()
	rounding := int64(1) // of the window scale: a window on the wire may be so much larger
	for 65535*rounding < most.ReceiveBufferMax {
		rounding *= 2
	}
	if c.Fallback() {
		// Its window must not shrink, and rounding up moves the edge on with each ACK until the buffer is
		// full.
		rounding += i.ReceiveBuffer
	}
	if i.ReceiveBufferUsed > i.ReceiveBuffer+rounding && !w.traits.resizes ||
		i.ReceiveBuffer > max(most.ReceiveBufferMax, most.ReceiveBuffer) {
		w.violate(Buffers, "host %s, connection %d: %d octets held in a receive buffer of %d, limit %d",
			host, c.ID(), i.ReceiveBufferUsed, i.ReceiveBuffer, most.ReceiveBufferMax)
	}
	held := i.BytesQueued - i.BytesAcked
	if held > i.SendBuffer || i.SendBuffer > max(most.SendBufferMax, most.SendBuffer) {
		w.violate(Buffers, "host %s, connection %d: %d octets held in a send buffer of %d, limit %d",
			host, c.ID(), held, i.SendBuffer, most.SendBufferMax)
	}
	if i.BytesAcked > i.BytesSent || i.BytesSent > i.BytesQueued || i.BytesRead > i.BytesReceived {
		w.violate(Buffers, "host %s, connection %d: acknowledged %d, sent %d, written %d; read %d, received %d",
			host, c.ID(), i.BytesAcked, i.BytesSent, i.BytesQueued, i.BytesRead, i.BytesReceived)
	}
}

// checkRest looks at what is left when nothing is pending any more.
func (w *world) checkRest() {
	if len(w.out.Violations) > 0 {
		return // what is left then tells nothing new
	}
	held := int64(0) // a box that waits for the rest of a stream may do so for ever
	w.build.EachBox(func(b *middlebox.Box, _, _ string) { held += b.Counters().Held })
	if n := int64(w.build.Net().InUse()); n > held {
		w.violate(Leak, "%d packets are left, %d of them in boxes", n, held)
	}
	if w.traits.stateless {
		return // connections that nobody has accepted may be left
	}
	w.build.EachHost(func(_ *topo.Host, h *sockapi.Host) {
		h.TCP().EachEndpoint(func(e *tcp.Endpoint) bool {
			l, lp := e.Local()
			r, rp := e.Remote()
			w.violate(Leak, "host %s: the endpoint %v:%d - %v:%d is left in state %s",
				h.Name(), l, lp, r, rp, e.Info().State)
			return true
		})
		if m := h.MPTCP(); m != nil {
			if n := m.NumTokens(); n > 0 {
				w.violate(Leak, "host %s: %d tokens are left", h.Name(), n)
			}
			if n := m.Counters().CurrEstab; n != 0 {
				w.violate(Leak, "host %s: %d connections count as established", h.Name(), n)
			}
		}
	})
}
