package mptcp

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// v0 makes both hosts speak version 0 only.
func v0() netConfig {
	c := one()
	c.client.Versions, c.server.Versions = V0, V0
	return c
}

// TestV0Open: keys of 12, 12 and 20 octets, the opener's on the SYN and again on the third packet, which carries
// no data though data waits; data has DSS from the first octet (RFC 6824 section 3.1).
func TestV0Open(t *testing.T) {
	n, _, _ := newNet(t, v0())
	lines := n.record(false)
	var keys []uint64
	n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, _ bool) {
		if seg.Opts&wire.OptCapable != 0 {
			keys = append(keys, seg.Capable.SenderKey, seg.Capable.ReceiverKey)
		}
	})
	client, server := n.connect(3000, 10)
	n.run(10 * unit.Second)
	expect(t, *lines, `
		> S capable12 v0 flags 01
		< S. capable12 v0 flags 01
		> . capable20 v0 flags 01
		> . len 1424 dss ack4 map ssn 1 dll 1424
		> . len 1424 dss ack4 map ssn 1425 dll 1577 fin
		> P. len 152 dss ack4 map ssn 1425 dll 1577 fin
		< P. len 10 dss ack4 map ssn 1 dll 11 fin
		< . dss ack8
		< . dss ack8
		< . dss ack8
		> F. dss ack8
		< F. dss ack8
		< . dss ack8
		> . dss ack8`)
	c, s := n.conns(client, server)
	a, b := c.localKey, s.localKey
	for i, want := range []uint64{a, 0, b, 0, a, b} {
		if i < len(keys) && (i&1 == 0 || want != 0) && keys[i] != want {
			t.Errorf("key %d is %x, want %x", i, keys[i], want)
		}
	}
}
