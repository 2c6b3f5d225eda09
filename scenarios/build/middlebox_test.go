package build

import (
	"fmt"
	"strings"
	"testing"

	"mpsim/model/link"
	"mpsim/model/middlebox"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/app"
)

// boxCase is one box of the matrix and what an application may notice of it.
type boxCase struct {
	name, yaml string
	// changes: the box changes payload, so that the stream may end or differ when no checksum finds it.
	changes bool
	// unseen: the DSS checksum does not show the change, or nothing can be done about it any more.
	unseen bool
	// ends: the box ends subflows; a connection with one path may fail, cleanly.
	ends bool
}

var matrix = []boxCase{
	{name: "strip-syn", yaml: "{kind: option-remover, on: syn}"},
	{name: "strip-data", yaml: "{kind: option-remover, on: data}", ends: true},
	{name: "strip-all", yaml: "{kind: option-remover, options: unknown}"},
	{name: "strip-join", yaml: "{kind: option-remover, options: mp-join}"},
	{name: "strip-dss", yaml: "{kind: option-remover, options: dss}", ends: true},
	{name: "strip-dss-down", yaml: "{kind: option-remover, options: dss, direction: forward}", ends: true},
	{name: "strip-dss-up", yaml: "{kind: option-remover, options: dss, direction: backward}", ends: true},
	{name: "strip-second-dss", yaml: "{kind: option-remover, options: dss, every: 2}", ends: true},
	{name: "strip-syn-up", yaml: "{kind: option-remover, on: syn, direction: backward}"},
	{name: "strip-syn-down", yaml: "{kind: option-remover, on: syn, direction: forward}"},
	{name: "eol", yaml: "{kind: option-remover, on: data, how: end-of-list}", ends: true},
	{name: "nop", yaml: "{kind: option-remover, how: overwrite, on: syn}"},
	{name: "block-capable", yaml: "{kind: option-remover, options: mp-capable, how: drop}"},
	{name: "block-join", yaml: "{kind: option-remover, options: mp-join, how: drop}"},
	{name: "block-add-addr", yaml: "{kind: option-remover, options: add-addr, how: drop}"},
	{name: "nat", yaml: "{kind: nat, address: 203.0.113.1, inside: second}"},
	{name: "firewall", yaml: "{kind: firewall, inside: second}"},
	{name: "firewall-strict", yaml: "{kind: firewall, inside: second, strict: true}"},
	{name: "isn", yaml: "{kind: sequence-rewriter}"},
	{name: "isn-sack", yaml: "{kind: sequence-rewriter, sack: keep}"},
	{name: "split", yaml: "{kind: splitter, size: 500 B}"},
	{name: "split-first", yaml: "{kind: splitter, size: 500 B, copies: first}"},
	{name: "coalesce", yaml: "{kind: coalescer, size: 2900 B}", ends: true},
	{name: "coalesce-large", yaml: "{kind: coalescer, size: 60000 B, wait: 3ms}", ends: true},
	{name: "alg-longer", yaml: "{kind: payload-rewriter, at: 100 kB, remove: 4 B, replace: longer text}",
		changes: true},
	{name: "alg-shorter", yaml: "{kind: payload-rewriter, at: 100 kB, remove: 40 B, replace: short}",
		changes: true},
	{name: "alg-same", yaml: "{kind: payload-rewriter, at: 100 kB, remove: 4 B, replace: same}", changes: true},
	{name: "alg-aware",
		yaml: "{kind: payload-rewriter, at: 100 kB, remove: 4 B, replace: same, checksum: fix}", changes: true,
		unseen: true},
	{name: "alg-text", yaml: "{kind: payload-rewriter, find: ab, replace: abc, times: 3}", changes: true,
		unseen: true},
	{name: "holes", yaml: "{kind: hole-blocker}"},
	{name: "holes-hold", yaml: "{kind: hole-blocker, holes: hold}"},
	{name: "acks", yaml: "{kind: ack-checker}"},
	{name: "acks-drop", yaml: "{kind: ack-checker, wrong-acks: drop}"},
	{name: "window", yaml: "{kind: window-limiter, window: 8 kB}"},
	{name: "proxy", yaml: "{kind: proxy}"},
	{name: "proxy-handshake", yaml: "{kind: proxy, keep-mptcp: handshake}", ends: true},
	{name: "proxy-kept", yaml: "{kind: proxy, keep-mptcp: all}"},
	{name: "reset", yaml: "{kind: resetter, after: 100 kB}", ends: true},
	{name: "reset-client", yaml: "{kind: resetter, after: 100 kB, to: second}", ends: true},
	{name: "corrupt", yaml: "{kind: corrupter, after: 100 kB, ratio: 2%}", changes: true},
	{name: "corrupt-all", yaml: "{kind: corrupter, ratio: 100%}", changes: true, unseen: true},
	{name: "corrupt-dsn", yaml: "{kind: corrupter, what: dsn, after: 100 kB, ratio: 2%}", changes: true},
	{name: "corrupt-length", yaml: "{kind: corrupter, what: length, after: 100 kB, ratio: 2%}", changes: true},
	{name: "corrupt-checksum", yaml: "{kind: corrupter, what: checksum, after: 100 kB, ratio: 2%}", ends: true},
	{name: "duplicate", yaml: "{kind: duplicator, ratio: 20%}"},
	{name: "study", yaml: "{kind: imc-2011, port: http}"},
	{name: "chain", ends: true,
		yaml: "{kind: sequence-rewriter}, {kind: splitter, size: 700 B}, {kind: coalescer, size: 1400 B}"},
}

// matrixWorld is a client with one or two paths to a server; the boxes stand on the first path, at the
// client's end of it, where inside is "second".
const matrixWorld = `
name: matrix
duration: 120s
hosts:
  client:
    interfaces: {a: , b: }
    tcp: {user-timeout: 20s}
    mptcp: {checksum: %[1]t}
  server:
    interfaces: {eth0: }
    tcp: {user-timeout: 20s}
    mptcp: {checksum: %[1]t, path-manager: none}
routers: [core]
links:
  first: {between: [core, client.a], rate: 8 Mbit/s, delay: 10ms, queue: 40 kB, loss: %[2]s,
    middleboxes: [%[3]s]}
  second: {between: [core, client.b], rate: 8 Mbit/s, delay: 20ms, queue: 40 kB}
  trunk: {between: [server.eth0, core], rate: 1 Gbit/s, queue: 1000 packets}
applications:
  - {name: get, kind: bulk, client: client, server: server, bytes: 600 kB, direction: %[4]s}
`

// TestMiddleboxMatrix: every box x who sends x one path or two x checksum. The application gets its octets,
// or both ends get an error; nobody waits for ever; packets are conserved at every box.
func TestMiddleboxMatrix(t *testing.T) {
	for _, c := range matrix {
		for _, direction := range []string{spec.Download, spec.Upload} {
			for _, paths := range []int{1, 2} {
				for _, checksum := range []bool{false, true} {
					name := fmt.Sprintf("%s/%s/%d-paths/checksum-%t", c.name, direction, paths, checksum)
					t.Run(name, func(t *testing.T) { c.try(t, direction, paths, checksum, "0.5%") })
				}
			}
		}
	}
}

// TestMiddleboxProbability: a box that never acts leaves each connection alone, one that always does none.
func TestMiddleboxProbability(t *testing.T) {
	for share, affected := range map[string]int64{"0%": 0, "0/7": 0, "100%": 1} {
		box := "{kind: option-remover, on: syn, probability: " + share + "}"
		s, problems := spec.Load("matrix.yaml", fmt.Appendf(nil, matrixWorld, false, "0%", box, spec.Download), nil)
		if problems != nil {
			t.Fatal(problems)
		}
		w := run(t, s, Options{}, 120*unit.Second)
		w.Middleboxes(func(_ string, b *middlebox.Box) {
			if c := b.Counters(); c.Connections != 1 || c.Affected != affected {
				t.Errorf("probability %s: %d of %d connections affected, want %d of 1", share, c.Affected,
					c.Connections, affected)
			}
		})
	}
}

func (c *boxCase) try(t *testing.T, direction string, paths int, checksum bool, loss string) {
	text := fmt.Sprintf(matrixWorld, checksum, loss, c.yaml, direction)
	if paths == 1 {
		text = strings.Replace(text, "a: , b: ", "a: ", 1)
		lines := strings.Split(text, "\n")
		for i, l := range lines {
			if strings.HasPrefix(l, "  second:") {
				lines[i] = ""
			}
		}
		text = strings.Join(lines, "\n")
	}
	s, problems := spec.Load("matrix.yaml", []byte(text), nil)
	if problems != nil {
		t.Fatal(problems)
	}
	w := run(t, s, Options{}, 120*unit.Second)
	defer checkBoxes(t, w)
	w.EachApplication(func(_ *spec.Application, r *app.Result) {
		switch {
		case r.Err == nil && r.Finished != sim.Never:
			if r.Received != 600_000 {
				t.Errorf("%d octets received and no error", r.Received)
			}
		case r.Err == nil:
			t.Errorf("still running: %d of %d octets received, connected at %v", r.Received, r.Sent, r.Connected)
			report(t, w)
		case c.changes && (!checksum || paths == 1 || c.unseen) || c.ends && (paths == 1 || alone(w)):
			t.Logf("ended by %v after %d octets", r.Err, r.Received)
			for _, conn := range w.Summary().Group("connections").Records {
				if state, _ := conn.Get("state"); state.Text == "M_ESTAB" {
					t.Errorf("one end still waits: %v", conn)
				}
			}
		default:
			t.Errorf("ended by %v after %d octets", r.Err, r.Received)
			report(t, w)
		}
	})
}

// alone tells that the connection had one subflow when it ended, whatever paths there were: it was plain
// TCP at one end, or it ended before the second subflow stood.
func alone(w *World) bool {
	for _, c := range w.Summary().Group("connections").Records {
		if f, ok := c.Get("fallback"); ok && f.Int == 1 {
			return true
		}
	}
	for _, f := range w.Summary().Group("subflows").Records {
		if n, ok := f.Get("bytes_delivered"); ok && n.Int > 0 {
			if id, _ := f.Get("subflow"); id.Int > 0 {
				return false
			}
		}
	}
	return true
}

// report says what the ends and the boxes think.
func report(t *testing.T, w *World) {
	t.Helper()
	for _, g := range w.Summary().Groups {
		if g.Name == "connections" || g.Name == "subflows" || g.Name == groupMiddleboxes {
			for _, r := range g.Records {
				t.Logf("%s: %+v", g.Name, r)
			}
		}
	}
}

// checkBoxes holds every box to conservation, and the network: nothing exists but what links and boxes hold.
func checkBoxes(t *testing.T, w *World) {
	t.Helper()
	held := int64(0)
	w.Middleboxes(func(_ string, b *middlebox.Box) {
		c := b.Counters()
		held += c.Held
		if c.Held < 0 {
			t.Errorf("box %s holds %d packets: %+v", b.Name(), c.Held, c)
		}
	})
	for id := range w.net.NumLinks() {
		held += w.net.OnLink(link.ID(id)).Packets
	}
	if n := int64(w.net.InUse()); n != held {
		t.Errorf("%d packets exist, links and boxes hold %d", n, held)
	}
}
