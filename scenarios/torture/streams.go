package torture

import (
	"errors"
	"io"

	"mpsim/model/mptcp"
	"mpsim/model/wire"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/app"
)

// Ends of a transfer.
const (
	client = iota
	server
)

var endNames = [2]string{"client", "server"}

// transfer is one application's connection: what each end wrote and read.
type transfer struct {
	w      *world
	spec   *spec.Application
	result *app.Result
	ends   [2]end

	seen    int64    // progress when last looked at
	changed sim.Time // when it had changed last
	stalled bool     // reported
}

// end is one end of a transfer: what it has read.
type end struct {
	conn   *sockapi.Conn
	opened sim.Time
	read   uint64 // octets, all of them as the peer wrote them
	early  []wire.Payload
	bad    bool // reported
	swept  bool // aborted by the checkers
}

func (w *world) watchStreams() {
	w.build.EachApplication(func(a *spec.Application, r *app.Result) {
		w.streams = append(w.streams, &transfer{w: w, spec: a, result: r})
	})
}

// opened starts to watch one end.
func (w *world) opened(now sim.Time, a *spec.Application, c *sockapi.Conn, isClient bool) {
	for _, t := range w.streams {
		if t.spec != a {
			continue
		}
		i := server
		if isClient {
			i = client
		}
		e := &t.ends[i]
		if e.conn != nil {
			w.violate(Corrupt, "application %s: its %s has a second connection", a.Name, endNames[i])
			return
		}
		e.conn, e.opened = c, now
		c.SetWatcher(func(now sim.Time, x wire.Payload) { t.took(i, x) })
		if p := &t.ends[1-i]; p.early != nil {
			early := p.early
			p.early = nil
			for _, x := range early {
				t.took(1-i, x)
			}
		}
	}
}

// took checks an extent that one end has read against what the other end wrote.
func (t *transfer) took(i int, x wire.Payload) {
	e, peer := &t.ends[i], &t.ends[1-i]
	if e.bad {
		return
	}
	if peer.conn == nil { // it has not been told of its connection yet
		e.early = append(e.early, x)
		return
	}
	from := e.read
	e.read += uint64(x.Len)
	if t.mayDiffer(i) {
		return
	}
	if sent := peer.conn.Sent(); e.read > uint64(sent) {
		e.bad = true
		t.w.violate(Corrupt, "application %s: its %s read up to octet %d, its %s has written %d",
			t.spec.Name, endNames[i], e.read, endNames[1-i], sent)
		return
	}
	if x.Stream == peer.conn.SendStream() && x.Pos == from || t.sameOctets(x, peer.conn.SendStream(), from) {
		return
	}
	e.bad = true
	t.w.violate(Corrupt, "application %s: its %s read octets %d..%d of stream %d where its %s wrote %d "+
		"of stream %d",
		t.spec.Name, endNames[i], x.Pos, x.End(), x.Stream, endNames[1-i], from, peer.conn.SendStream())
}

// mayDiffer tells that a box on the way may have changed what an end reads without anybody noticing: nothing
// is checked, or the connection has fallen back, as it must (RFC 8684 section 3.7).
func (t *transfer) mayDiffer(i int) bool {
	if !t.w.traits.rewrites {
		return false
	}
	m := t.ends[i].conn.MPTCP()
	return t.w.traits.mends || t.w.traits.splits && t.w.traits.corrupts ||
		m == nil || m.Fallback() || !m.Info().Checksum
}

// sameOctets compares contents: a box or proxy may have carried them under another name.
func (t *transfer) sameOctets(x wire.Payload, stream uint32, pos uint64) bool {
	b := make([]byte, x.Len)
	contents := t.w.build.Net().Contents()
	contents.ReadAt(x.Stream, x.Pos, b)
	return contents.Equal(stream, pos, b)
}

// outcome returns how the application of one end came out.
func (t *transfer) outcome(i int) app.End {
	if i == client {
		return t.result.Client
	}
	return t.result.Server
}

// checkStreams judges every transfer after the world has come to rest.
func (w *world) checkStreams() {
	for _, t := range w.streams {
		for i := range t.ends {
			t.checkEnd(i)
		}
	}
}

func (t *transfer) checkEnd(i int) {
	e, peer, came := &t.ends[i], &t.ends[1-i], t.outcome(i)
	if len(e.early) > 0 {
		t.w.violate(Corrupt, "application %s: its %s read from a connection that its %s does not have",
			t.spec.Name, endNames[i], endNames[1-i])
	}
	if e.conn != nil && e.conn.Ended() && peer.conn != nil && !t.w.traits.rewrites {
		switch sent := peer.conn.Sent(); {
		case e.read != uint64(sent):
			t.w.violate(Truncated, "application %s: the stream that its %s read ended after %d octets of %d",
				t.spec.Name, endNames[i], e.read, sent)
		case !peer.conn.WriteClosed():
			t.w.violate(Truncated, "application %s: the stream that its %s read ended, but its %s has not closed it",
				t.spec.Name, endNames[i], endNames[1-i])
		}
	}
	switch {
	case !came.Done && e.conn == nil && i == server:
		// It still listens. That its client has no connection either is the client's failure.
		if c := t.outcome(client); c.Done && c.Err == nil {
			t.w.violate(Stuck, "application %s: its client is done with a connection that its server never got",
				t.spec.Name)
		}
	case !came.Done:
		t.w.violate(Stuck, "application %s: its %s still waits%s", t.spec.Name, endNames[i], t.state(i))
	case came.Err != nil && !e.swept:
		t.judge(i, came.Err)
	}
}

// state describes an end that waits.
func (t *transfer) state(i int) string {
	e := &t.ends[i]
	if e.conn == nil {
		return " for its connection"
	}
	text := ""
	if m := e.conn.MPTCP(); m != nil {
		text = ", connection " + m.State().String()
	} else if s := e.conn.TCP(); s != nil {
		text = ", connection " + s.Info().State
	}
	return text + ", " + transferred(e)
}

// judge decides whether an end's error has a cause in the scenario.
func (t *transfer) judge(i int, err error) {
	var corrupt *sockapi.CorruptError
	if errors.As(err, &corrupt) {
		if !t.w.traits.rewrites {
			t.w.violate(Corrupt, "application %s: its %s: %v", t.spec.Name, endNames[i], err)
		}
		return
	}
	if t.w.traits.excused(t.spec.Name) || errors.Is(err, io.ErrUnexpectedEOF) {
		return
	}
	t.w.violate(Failed, "application %s: its %s, without a cause: %v", t.spec.Name, endNames[i], err)
}

// resume lets every application read: those that a call had paused and none has let go on.
func (w *world) resume() {
	for _, t := range w.streams {
		for i := range t.ends {
			if c := t.ends[i].conn; c != nil {
				c.PauseReading(false)
			}
		}
	}
}

// sweep aborts ends that wait for a peer that is gone without their knowledge. It tells whether there was
// any.
func (w *world) sweep() bool {
	any := false
	for _, t := range w.streams {
		for i := range t.ends {
			e := &t.ends[i]
			if t.outcome(i).Done || e.conn == nil || e.conn.Closed() || !t.orphan(i) {
				continue
			}
			e.swept = true
			any = e.conn.Abort() == nil || any
		}
	}
	return any
}

// crawls aborts transfers that still move, over a link that goes on losing bursts: each retransmission waits
// for minutes by now. It tells whether there was any.
func (w *world) crawls() bool {
	any := false
	for _, t := range w.streams {
		for i := range t.ends {
			e := &t.ends[i]
			if t.crawls(w.build.Now()) && !t.outcome(i).Done && e.conn != nil && !e.conn.Closed() && !e.swept {
				e.swept = true
				any = e.conn.Abort() == nil || any
			}
		}
	}
	return any
}

// crawls tells that a transfer still moves though nothing promises that it gets on, or that an attacker
// leaves its ends waiting for each other, or that nobody reads what a listener that keeps nothing has taken for
// another connection.
func (t *transfer) crawls(now sim.Time) bool {
	return t.w.traits.stolen || t.w.traits.stateless || !t.w.traits.heals && now.Sub(t.changed) < unit.Hour
}

// orphan tells that an end may wait in vain: the peer's application has ended or never got its connection,
// the peer's stack has given up, and the network may have lost the news. An end whose network never lost
// anything must have been told.
func (t *transfer) orphan(i int) bool {
	p := &t.ends[1-i]
	if t.w.traits.shortens && p.conn != nil && (t.mayDiffer(i) || t.mayDiffer(1-i)) {
		return true // it may wait for octets that a box has taken out of what had become plain TCP
	}
	if t.w.traits.stolen && p.conn != nil {
		return true
	}
	return t.w.traits.excused(t.spec.Name) && (p.conn == nil || t.outcome(1-i).Done && p.gone())
}

// gone tells that the stack has forgotten the connection.
func (e *end) gone() bool {
	if m := e.conn.MPTCP(); m != nil {
		return m.State() == mptcp.Closed
	}
	return e.conn.TCP().Endpoint() == nil
}
