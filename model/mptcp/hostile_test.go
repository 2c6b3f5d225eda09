package mptcp

import (
	"strings"
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestHostilePeer: what a peer sends at the edges changes neither octets nor the connection's end.
func TestHostilePeer(t *testing.T) {
	for _, c := range []struct {
		name, commands, want string
		config               Config
	}{
		{"a mapping reaches beyond one held (section 3.3.1)", `open
			peer . 101(100) ack 1 dack8 1 dsn8 101 ssn 101 dll 100
			peer . 201(50) ack 1 dack8 1 dsn8 201 ssn 201 dll 50
			peer . 1(300) ack 1 dack8 1 dsn8 1 ssn 1 dll 300
			state`, "next 300 read 300 subflows 1", Config{}},
		{"a mapping reaches beyond two that are apart", `open
			peer . 51(50) ack 1 dack8 1 dsn8 51 ssn 51 dll 50
			peer . 151(50) ack 1 dack8 1 dsn8 151 ssn 151 dll 50
			peer . 1(300) ack 1 dack8 1 dsn8 1 ssn 1 dll 300
			state`, "next 300 read 300 subflows 1", Config{}},
		{"MP_FASTCLOSE with a wrong key crosses ours, with data (section 3.5)", `open
			app abort
			peer . 1(100) ack 1 badfastclose
			state`, "M_FASTCLOSE-WAIT una 0 nxt 0 next 0 read 0 subflows 1", Config{FastCloseOnACK: tcp.On}},
		{"DATA_FIN before octets that came out of order (section 3.3.3)", `open
			join 1
			peer 1 . 1(100) ack 1 dack8 1 dsn8 101 ssn 1 dll 100
			peer . 1(0) ack 1 dack8 1 dsn8 150 fin
			peer . 1(100) ack 1 dack8 1 dsn8 1 ssn 1 dll 100
			peer . 101(0) ack 1 dack8 1 dsn8 201 fin
			state`, "M_CLOSE-WAIT una 0 nxt 0 next 200 read 200 subflows 2", Config{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := newRawPeer(t, c.config, tcp.Config{}).do(c.commands)
			if !strings.Contains(got, c.want) || strings.Contains(got, "fallback") {
				t.Errorf("got:\n%swant: %s", got, c.want)
			}
		})
	}
}

// TestTokenGivenBackOnce: a token that a connection has given back is another's, also when the first one ends.
func TestTokenGivenBackOnce(t *testing.T) {
	r := newRawPeer(t, Config{}, tcp.Config{})
	r.do("open")
	first := r.c
	first.fallBack(r.n.w.Now(), "test")
	r.n.ss.SetKeySource(func() uint64 { return first.localKey })
	second := must(r.n.ss.Prepare(r.n.w.Now(), r.sub[0].far, 0, r.sub[0].addr, 1))
	if second.localToken != first.localToken {
		t.Fatal("not the same token")
	}
	first.Abort(r.n.w.Now())
	r.n.run(unit.Second)
	if !first.deleted || r.n.ss.tokens.find(second.localToken) != second {
		t.Error("the end of one connection has taken the token of another")
	}
}

// TestStatelessFirstData: data behind the cookie is inside the window that the SYN/ACK announced.
func TestStatelessFirstData(t *testing.T) {
	got := newRawPeer(t, Config{Stateless: tcp.On}, tcp.Config{}).do(`open
		peer . 1(100) ack 1 dack8 1 dsn8 1 ssn 1 dll 100
		state`)
	if !strings.Contains(got, "next 100 read 100") {
		t.Errorf("the first data was not taken:\n%s", got)
	}
}

// TestOldDataAckWindow: a window counts from the DATA_ACK that it came with, also if that is old (section 3.3.5).
func TestOldDataAckWindow(t *testing.T) {
	got := newRawPeer(t, Config{}, tcp.Config{}).do(`open win 1000
		app write 5000
		peer . 1(0) ack 513 dack8 513 win 1024
		peer . 1(0) ack 1025 dack8 1025 win 512
		peer . 1(0) ack 1537 dack8 1 win 1500
		quiet
		state`)
	if !strings.Contains(got, "una 1024 nxt 1536 ") {
		t.Errorf("octets beyond position 1536 went out, or fewer:\n%s", got)
	}
}

// TestFailBeyond: MP_FAIL that names octets never sent is none (section 3.7).
func TestFailBeyond(t *testing.T) {
	for _, c := range []struct {
		dsn  string
		want bool
	}{{"101", true}, {"102", false}, {"5000", false}, {"-1", false}} {
		got := newRawPeer(t, Config{}, tcp.Config{}).do(`open
			app write 100
			peer . 1(0) ack 101 dack8 101
			peer . 1(0) ack 101 dack8 101 fail ` + c.dsn)
		if strings.Contains(got, "fallback") != c.want {
			t.Errorf("MP_FAIL of %s, octets 1 to 100 sent:\n%s", c.dsn, got)
		}
	}
}

// TestTransientReasons: bit T of the resets of this host (section 3.6).
func TestTransientReasons(t *testing.T) {
	want := map[uint8]bool{wire.ResetResources: true, wire.ResetOutstanding: true, wire.ResetPerformance: true}
	for code := range uint8(16) {
		if transient(code) != want[code] {
			t.Errorf("reason %#02x: transient %v", code, transient(code))
		}
	}
}

// TestUnfinishedHandshakes: SYNs that nobody follows up leave no connection behind.
func TestUnfinishedHandshakes(t *testing.T) {
	c := one()
	n, ch, _ := newNet(t, c)
	ch.drop = func(_ sim.Time, s *wire.Segment) bool { return s.Flags&wire.SYN == 0 }
	for range 20 {
		client, _ := n.connect(0, 0)
		n.run(200 * unit.Second)
		client.s.Abort(n.w.Now())
		n.ss.Unlisten(wire.Addr{}, serverPort)
	}
	n.run(1000 * unit.Second)
	n.ss.EachConn(func(c *Conn) bool {
		t.Errorf("connection %d: %v", c.ID(), c.State())
		return true
	})
	if n.ss.NumTokens() > 0 {
		t.Errorf("%d tokens", n.ss.NumTokens())
	}
}
