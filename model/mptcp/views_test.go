package mptcp

import "testing"

// TestViewOfBusySubflow: a subflow that may not send now has no room for this time only.
func TestViewOfBusySubflow(t *testing.T) {
	for _, scheduler := range []string{"minrtt", "roundrobin"} {
		carry, client := bulk(t, load{scheduler, 1, 2, "fixed"})
		carry(1000)
		client.s.verify = true
		sf, now := client.live[0], client.s.w.Now()
		sf.e.CC.Cwnd += 10 * sf.e.CC.MSS
		sf.e.CC.Touch()
		before := sf.stats.sentNew
		client.push(now, sf)
		if sf.stats.sentNew != before {
			t.Errorf("%s: the busy subflow has sent", scheduler)
		}
		client.push(now, nil) // verifies the views
		if n := sf.stats.sentNew - before; n != 10*sf.e.CC.MSS {
			t.Errorf("%s: %d octets sent with room for 10 segments", scheduler, n)
		}
	}
}
