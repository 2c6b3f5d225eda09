package build

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/scenarios/spec"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// parse reads a scenario written in a test.
func parse(t *testing.T, text string, sets ...string) *spec.Scenario {
	t.Helper()
	s, problems := spec.Load("test.yaml", []byte(text), sets)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return s
}

const requests = `
name: requests
duration: 20s
hosts:
  c: {interfaces: {e: {}, f: {}}}
  s: {interfaces: {e: {}}}
routers: [x]
links:
  l: {between: [c.e, x], rate: 100 Mbit/s, delay: 20ms, queue: 1000 packets}
  m: {between: [c.f, x], rate: 100 Mbit/s, delay: 20ms, queue: 1000 packets}
  t: {between: [s.e, x], rate: 1 Gbit/s, queue: 1000 packets}
applications:
  - {name: a, kind: request-response, client: c, server: s, requests: 50, request-bytes: 2000 B,
     response-bytes: 10000 B, think-time: 10ms}
`

// A second path must not make requests slower: the tail of a message does not wait for the ACK of the
// full segments before it, which the peer may delay (Minshall's variant of Nagle's rule).
func TestRequestsOverTwoPathsAreAsFastAsOverOne(t *testing.T) {
	median := func(sets ...string) int64 {
		w := run(t, parse(t, requests, sets...), Options{}, 20*unit.Second)
		if err := w.Err(); err != nil {
			t.Fatal(err)
		}
		return value(t, find(t, w.Summary(), trace.GroupApplications, map[string]string{"application": "a"}),
			"latency_p50_ns")
	}
	one, two := median("applications.a.transport=tcp"), median()
	if two > one*11/10 {
		t.Errorf("median latency %d ns over two paths, %d ns over one", two, one)
	}
}

func TestWithoutWindowScalingTheBufferIsWhatCanBeTold(t *testing.T) {
	w := run(t, parse(t, requests, "hosts.c.tcp.window-scale=false"), Options{}, 20*unit.Second)
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
}

// windowChecker is the capture of the sender: no segment may lie beyond the right edge of the window that
// the peer has told on its subflow.
type windowChecker struct {
	t     *testing.T
	edge  map[uint16]uint32 // by the sender's port
	scale map[uint16]uint8
	data  int
}

func (*windowChecker) Interface(string) int { return 0 }

func (k *windowChecker) Packet(atNs int64, _ int, inbound bool, b []byte) {
	var s wire.Segment
	payload, err := s.Decode(b, 1)
	if err != nil {
		k.t.Fatal(err)
	}
	if inbound {
		if s.Has(wire.OptWindowScale) {
			k.scale[s.DstPort] = s.WindowScale
		}
		shift := k.scale[s.DstPort]
		if s.Flags.Has(wire.SYN) {
			shift = 0
		}
		edge := s.Ack + uint32(s.Window)<<shift
		if old, known := k.edge[s.DstPort]; !known || int32(edge-old) > 0 {
			k.edge[s.DstPort] = edge
		}
		return
	}
	if len(payload) == 0 {
		return
	}
	k.data++
	if end := s.Seq + uint32(len(payload)); int32(end-k.edge[s.SrcPort]) > 0 {
		k.t.Errorf("at %d ns: port %d sends up to %d, the window ends at %d", atNs, s.SrcPort, end, k.edge[s.SrcPort])
	}
}

// Of several subflows each keeps to the window that was told on it (RFC 8684 section 3.3.5), also when little of it
// is left.
func TestTheWindowIsKeptOnEverySubflow(t *testing.T) {
	const text = `
name: windows
duration: 60s
hosts:
  c: {interfaces: {e: , f: , g: }}
  s: {interfaces: {e: }, tcp: {receive-buffer: 16 KiB}}
routers: [x]
links:
  l: {between: [c.e, x], rate: 10 Mbit/s, delay: 10ms, queue: 100 packets, loss: 1%}
  m: {between: [c.f, x], rate: 2 Mbit/s, delay: 50ms, queue: 100 packets, loss: 1%}
  n: {between: [c.g, x], rate: 5 Mbit/s, delay: 2ms, queue: 100 packets, loss: 1%}
  t: {between: [s.e, x], rate: 1 Gbit/s, queue: 1000 packets}
applications:
  - {name: a, kind: bulk, client: c, server: s, direction: upload, bytes: 1 MB}
`
	for _, seed := range []string{"seed=1", "seed=2", "seed=3"} {
		k := &windowChecker{t: t, edge: map[uint16]uint32{}, scale: map[uint16]uint8{}}
		w := run(t, parse(t, text, seed), Options{Capture: func(host string) (trace.PacketSink, error) {
			if host == "c" {
				return k, nil
			}
			return &nullSink{}, nil
		}}, 60*unit.Second)
		if err := w.Err(); err != nil {
			t.Error(err)
		}
		if k.data < 500 {
			t.Errorf("%s: only %d data segments", seed, k.data)
		}
	}
}

// After fallback, and on plain TCP, the peer's window holds (RFC 9293 section 3.8.6).
func TestTheWindowIsKept(t *testing.T) {
	const text = `
name: window
duration: 20s
hosts:
  c: {interfaces: {e: {}}}
  s: {interfaces: {e: {}}, tcp: {receive-buffer: 8 KiB}}
links:
  l: {between: [c.e, s.e], rate: 10 Mbit/s, delay: 10ms, queue: 100 packets}
applications:
  - {name: a, kind: bulk, client: c, server: s, direction: upload, bytes: 1 MB}
`
	for _, sets := range [][]string{
		{"hosts.s.mptcp.enabled=false"}, {"applications.a.transport=tcp"}, nil,
	} {
		k := &windowChecker{t: t, edge: map[uint16]uint32{}, scale: map[uint16]uint8{}}
		w := run(t, parse(t, text, sets...), Options{Capture: func(host string) (trace.PacketSink, error) {
			if host == "c" {
				return k, nil
			}
			return &nullSink{}, nil
		}}, 20*unit.Second)
		if err := w.Err(); err != nil {
			t.Error(err)
		}
		if k.data < 500 {
			t.Errorf("%v: only %d data segments", sets, k.data)
		}
	}
}
