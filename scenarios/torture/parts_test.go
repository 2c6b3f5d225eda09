package torture

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestIntervals compares the set with an array of numbers.
func TestIntervals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size = 60
		var s intervals
		var want [size + 1]bool
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			from := rapid.Uint32Range(0, size).Draw(t, "from")
			to := rapid.Uint32Range(0, size).Draw(t, "to")
			put := rapid.Bool().Draw(t, "put")
			if put {
				s.add(from, to)
			} else {
				s.cut(from, to)
			}
			for i := from; i < to; i++ {
				want[i] = put
			}
		}
		var got [size + 1]bool
		at := uint32(0)
		for i, r := range s {
			if r.from >= r.to || i > 0 && r.from <= at {
				t.Fatalf("not ascending and apart: %v", s)
			}
			for at = r.from; at < r.to; at++ {
				got[at] = true
			}
		}
		if got != want {
			t.Fatalf("%v, want %v", s, want)
		}
		from := rapid.Uint32Range(0, size).Draw(t, "reach")
		end := from
		for want[end] {
			end++
		}
		if s.reach(from) != end {
			t.Fatalf("reach of %d is %d, want %d: %v", from, s.reach(from), end, s)
		}
	})
}

// slow is a world that fails without a cause: the answer to a SYN takes longer than the client waits.
const slow = `
duration: 10s
hosts:
  client: {interfaces: {a: {}, b: {}}, tcp: {nagle: false, congestion: lia}}
  server: {interfaces: {a: {}, b: {}}, mptcp: {checksum: true}}
routers: [r]
links:
  one: {between: [client.a, server.a], rate: 10 Mbit/s, delay: 1000s, queue: 50 packets}
  two: {between: [client.b, r], rate: 5 Mbit/s, loss: 1%}
  three: {between: [r, server.b], rate: 5 Mbit/s, timetable: [{at: 1s, rate: 1 Mbit/s}]}
applications:
  - {name: a, kind: bulk, client: client, server: server, bytes: 300 kB}
  - {name: b, kind: bulk, client: client, server: server, bytes: 10 kB, port: 80,
     local-interface: b, remote-interface: b}
calls:
  - {at: 1s, application: b, end: server, call: receive-buffer, bytes: 10 kB}
`

// TestShrink makes a failing world small: one link, one application, no calls.
func TestShrink(t *testing.T) {
	if kinds := Check("slow", []byte(slow), Options{}).Kinds(); !slices.Equal(kinds, []Kind{Failed}) {
		t.Fatalf("violations %v", kinds)
	}
	small := string(Shrink(context.Background(), "slow", []byte(slow), Options{}, Failed, 200))
	for _, gone := range []string{"two", "three", "routers", "calls", "name: b", "nagle", "checksum", "queue"} {
		if strings.Contains(small, gone) {
			t.Errorf("%q is left:\n%s", gone, small)
		}
	}
	if kinds := Check("slow", []byte(small), Options{}).Kinds(); !slices.Equal(kinds, []Kind{Failed}) {
		t.Errorf("violations of the small world: %v", kinds)
	}
}

// TestCampaignOrder holds the report to be independent of the number of workers.
func TestCampaignOrder(t *testing.T) {
	run := func(workers int) (digests []string) {
		c := Campaign{Seed: 40, Worlds: 12, Workers: workers, Done: func(_ uint64, o *Outcome) bool {
			digests = append(digests, o.Digest)
			return true
		}}
		c.Run(t.Context())
		return digests
	}
	if one, many := run(1), run(5); !slices.Equal(one, many) {
		t.Errorf("%v\n%v", one, many)
	}
}
