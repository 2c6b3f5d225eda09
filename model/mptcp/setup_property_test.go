package mptcp

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestSetupProperty: hosts of any versions and policies, with Fast Open and stateless listeners, over paths
// that lose, repeat and strip packets of the handshakes at random: every octet arrives once and in order,
// both ends end up in one mode, and in one version.
func TestSetupProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := netConfig{seed: rapid.Uint64().Draw(t, "seed"), paths: twoPaths()}
		c.tcp.FastOpen = tcp.FastOpenClient | tcp.FastOpenServer
		c.tcp.SYNRetries = 20
		versions := rapid.SampledFrom([]Versions{V0, V1, V0 | V1})
		onOff := rapid.SampledFrom([]tcp.Switch{tcp.Off, tcp.On})
		c.client.Versions, c.server.Versions = versions.Draw(t, "client"), versions.Draw(t, "server")
		c.client.RetryOlder, c.server.Stateless = onOff.Draw(t, "retry"), onOff.Draw(t, "stateless")
		c.client.Checksum, c.server.Checksum = onOff.Draw(t, "sum"), onOff.Draw(t, "sum there")
		c.client.BlackHole = -1
		c.client.SYNsCapable = rapid.IntRange(1, 4).Draw(t, "SYNs")
		n, ch, sh := newNet(t, c)
		server := &endpoint{t: t, name: "server", keepOpen: true}
		must(0, n.ss.Listen(wire.Addr{}, serverPort, func(now sim.Time, s *Conn) {
			server.s, server.stream, server.read, server.left, server.err = s, 0, 0, 60_000, nil
			server.start(now)
		}))
		must(0, n.st.SetFastOpenQueue(wire.Addr{}, serverPort, 8))
		if rapid.Bool().Draw(t, "cookie") {
			n.fast(10)
			n.run(5 * unit.Second)
		}
		// What happens to the first packets of each direction: nothing, lost, doubled, option stripped.
		fate := rapid.SliceOfN(rapid.IntRange(0, 5), 12, 12)
		for _, h := range []*tapped{ch, sh} {
			fates := fate.Draw(t, "fates")
			h.drop = func(now sim.Time, s *wire.Segment) bool {
				if len(fates) == 0 || s.Opts&wire.OptJoin != 0 {
					return false
				}
				f := fates[0]
				fates = fates[1:]
				switch f {
				case 1:
					return true
				case 2:
					if s.Flags&wire.SYN != 0 && c.server.Stateless == tcp.On {
						return false // the answer to a second one may come before the cookie, and is refused as in Linux
					}
					h.again(now, s, 0, s.Payload.Len)
				case 3:
					s.Opts &^= wire.OptCapable
				}
				return false
			}
		}
		octets := rapid.Int64Range(0, 1500).Draw(t, "octets on the SYN")
		a := n.fast(octets)
		client := &endpoint{t: t, s: a, name: "client", keepOpen: true, left: 60_000}
		client.start(n.w.Now())
		n.run(600 * unit.Second)
		b, _ := server.s.(*Conn)
		if client.err != nil || b == nil || server.err != nil {
			t.Fatalf("client %v, server %v", client.err, server.err)
		}
		if client.read != 60_000 || int64(server.read) != 60_000+octets {
			t.Fatalf("read %d and %d", client.read, server.read)
		}
		if a.Fallback() != b.Fallback() || !a.Fallback() && (a.Version() != b.Version() || a.sum != b.sum) {
			t.Fatalf("fallback %v (%s) and %v (%s), versions %d and %d", a.Fallback(), a.fallbackReason, b.Fallback(),
				b.fallbackReason, a.Version(), b.Version())
		}
	})
}
