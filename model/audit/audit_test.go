package audit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpsim/model/wire"
)

// names lists the checks that found something, each once, sorted.
func names(a *Auditor, least Severity) []string {
	var out []string
	for _, f := range a.Findings() {
		if n := f.Check.String(); f.Severity >= least && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

func listing(a *Auditor) string {
	var out strings.Builder
	for _, f := range a.Findings() {
		out.WriteString("\n  " + f.String())
	}
	return out.String()
}

// TestGoodTraces: a right trace gives no finding, in both versions, wherever it is seen, as octets and as segments.
func TestGoodTraces(t *testing.T) {
	for version := range 2 {
		for _, checksum := range []bool{false, true} {
			for _, complete := range []bool{false, true} {
				for _, w := range []where{atA, atB, between} {
					t.Run(fmt.Sprintf("v%d checksum %v complete %v vantage %d", version, checksum, complete, w), func(t *testing.T) {
						s := good(t, version, checksum)
						o := Options{Complete: complete, Contents: s.contents}
						for _, a := range []*Auditor{s.octets(o, w), s.segments(o, w)} {
							if len(a.Findings()) > 0 {
								t.Fatalf("findings in a good trace:%s", listing(a))
							}
							c := a.Connections()
							if len(c) != 1 || len(c[0].Subflows) != 2 || c[0].Data != [2]int64{301, 51} || c[0].Checksum != checksum ||
								c[0].Protocol != fmt.Sprintf("mptcp v%d", version) || len(c[0].Unchecked) > 0 || c[0].FellBack {
								t.Fatalf("summary %+v", c)
							}
						}
					})
				}
			}
		}
	}
}

// option returns where an option begins in an IPv4 packet: kind 30 with the subtype, or another kind.
func option(b []byte, kind, subtype byte) int {
	for i := 40; i < 20+int(b[32]>>4)*4; {
		switch {
		case b[i] == 1:
			i++
			continue
		case b[i] == kind && (kind != 30 || b[i+2]>>4 == subtype):
			return i
		}
		i += int(b[i+1])
	}
	panic("no such option")
}

// rawEdit changes octets of an option of a step.
func rawEdit(step string, kind, subtype byte, edit func(o []byte)) func(s *script) {
	return func(s *script) {
		s.at(step).raw = func(b []byte) []byte {
			edit(b[option(b, kind, subtype):])
			return b
		}
	}
}

func edit(step string, f func(g *wire.Segment)) func(s *script) {
	return func(s *script) { f(&s.at(step).seg) }
}

func list(names ...string) []string { return names }

// broken are good traces broken in one place, and the findings that must come of it, at both ends and between.
var broken = []struct {
	name   string
	hook   string // a step, behind which extra happens
	extra  func(p *pipe)
	window uint16 // 0: the usual one
	damage func(s *script)
	want   []string
	notes  []string
	plain  bool // without checksums
	oneEnd bool // seen at A only
	raw    bool // as octets only
}{
	{name: "SYN with a form of the ACK", damage: edit("syn", func(g *wire.Segment) { g.Capable.Form = wire.CapableKey }),
		want: list("capable-form", "capable-place")},
	{name: "no algorithm", damage: edit("syn", func(g *wire.Segment) { g.Capable.Flags &^= 1 }),
		want: list("capable-algorithm")},
	{name: "two algorithms", damage: edit("synack", func(g *wire.Segment) { g.Capable.Flags |= 2 }),
		want: list("capable-algorithm")},
	{name: "bit B", damage: edit("ack", func(g *wire.Segment) { g.Capable.Flags |= 0x40 }),
		want: list("capable-extended")},
	{name: "echoed key", damage: edit("ack", func(g *wire.Segment) { g.Capable.ReceiverKey++ }),
		want: list("capable-key")},
	{name: "own key", damage: edit("data1", func(g *wire.Segment) { g.Capable.SenderKey++ }),
		want: list("capable-key")},
	{name: "bit A on the ACK", damage: edit("ack", func(g *wire.Segment) { g.Capable.Flags &^= 0x80 }),
		want: list("capable-checksum")},
	{name: "data without checksum", damage: edit("data1", func(g *wire.Segment) { g.Capable.Form = wire.CapableData }),
		want: list("capable-checksum")},
	{name: "version of the ACK", damage: edit("ack", func(g *wire.Segment) { g.Capable.Version = 2 }),
		want: list("capable-version")},
	{name: "checksum of the first data", damage: edit("data1", func(g *wire.Segment) { g.Capable.Checksum ^= 0x100 }),
		want: list("dss-checksum")},
	{name: "HMAC of B", damage: edit("jsynack", func(g *wire.Segment) { g.Join.HMAC[7]++ }),
		want: list("join-continued", "join-hmac")},
	{name: "HMAC of A", damage: edit("jack", func(g *wire.Segment) { g.Join.HMAC[19]++ }),
		want: list("join-data", "join-hmac")},
	{name: "nonce changes", damage: func(s *script) {
		s.after("jsyn", "jsyn", func(g *wire.Segment) { g.Join.Nonce++ })
	}, want: list("join-nonce")},
	{name: "data before the fourth packet", damage: func(s *script) { s.without("jfourth") },
		want: list("join-data")},
	{name: "form of MP_JOIN", damage: edit("jack", func(g *wire.Segment) { g.Join.Form = wire.JoinSYNACK }),
		want: list("join-data", "option-place")},
	{name: "join where C forbids it", damage: edit("synack", func(g *wire.Segment) { g.Capable.Flags |= wire.CapableNoJoinHere }),
		want: list("join-not-here")},
	{name: "DSS checksum", damage: edit("data2", func(g *wire.Segment) { g.DSS.Checksum ^= 1 }),
		want: list("dss-checksum")},
	{name: "DSS checksum of a DATA_FIN", damage: edit("fin", func(g *wire.Segment) { g.DSS.Checksum ^= 1 }),
		want: list("dss-checksum")},
	{name: "no DSS checksum", damage: edit("data2", func(g *wire.Segment) { g.DSS.Flags &^= wire.DSSSum }),
		want: list("dss-checksum-missing")},
	{name: "DSS checksum unasked", plain: true, damage: edit("data2", func(g *wire.Segment) { g.DSS.Flags |= wire.DSSSum }),
		want: list("dss-checksum-unasked")},
	{name: "DATA_ACK beyond", damage: edit("jdack", func(g *wire.Segment) { g.DSS.DataAck++ }),
		want: list("data-ack-beyond")},
	{name: "last DATA_ACK beyond", damage: edit("bfindack", func(g *wire.Segment) { g.DSS.DataAck++ }),
		want: list("data-ack-back", "data-ack-beyond")},
	{name: "DATA_ACK back", damage: edit("findack", func(g *wire.Segment) { g.DSS.DataAck -= 101 }),
		want: list("data-ack-back")},
	{name: "short DATA_ACK", damage: edit("jdack", func(g *wire.Segment) { g.DSS.Flags &^= wire.DSSAck8 }),
		want: list("data-ack-short")},
	{name: "window back", damage: edit("findack", func(g *wire.Segment) { g.Window = 500 }),
		want: list("data-edge-back")},
	{name: "data beyond the window", window: 2, hook: "jdack2", extra: func(p *pipe) {
		p.send("big", true, wire.ACK, func(g *wire.Segment) { p.mapping(g, true, 301, 300) })
		p.s.stopped = true
	}, want: list("data-window", "window-beyond")},
	{name: "mapping moved", plain: true, damage: edit("data2again", func(g *wire.Segment) { g.DSS.DSN++ }),
		want: list("map-rebound")},
	{name: "mapping of other octets", plain: true, damage: edit("jdata", func(g *wire.Segment) { g.DSS.SSN += 4000 }),
		want: list("map-foreign", "data-ack-beyond", "unmapped")},
	{name: "mapping below the first DSN", plain: true, damage: edit("data2again", func(g *wire.Segment) { g.DSS.DSN -= 400 }),
		want: list("map-below")},
	{name: "mapping beyond DATA_FIN", hook: "fin", extra: func(p *pipe) {
		p.send("more", true, wire.ACK, func(g *wire.Segment) { p.mapping(g, true, 302, 10) })
		p.s.stopped = true
	}, want: list("map-beyond-fin", "unmapped")},
	{name: "data below DATA_FIN sent before", hook: "data2", extra: func(p *pipe) {
		p.send("more", true, wire.ACK, func(g *wire.Segment) { p.fin(g, true, 250) })
		p.s.stopped = true
	}, want: list("map-beyond-fin")},
	{name: "option after the fall-back", hook: "dack2", extra: func(p *pipe) {
		for i := range 2 {
			p.send("plain", true, wire.ACK, func(g *wire.Segment) {
				p.mapping(g, true, 301+10*uint64(i), 10)
				if i == 0 {
					g.DSS.Len, g.DSS.Checksum = 0, 0
				}
			})
		}
		p.s.stopped = true
	}, want: list("after-fallback")},
	{name: "option after the third packet had none", damage: edit("ack", func(g *wire.Segment) { g.Opts &^= wire.OptCapable }),
		want: list("after-fallback", "join-early")},
	{name: "no mapping at first", plain: true, hook: "ack", extra: func(p *pipe) {
		p.send("first", true, wire.ACK, func(g *wire.Segment) { firstData(p, g) })
		for i := range 2 {
			p.send("next", true, wire.ACK, func(g *wire.Segment) {
				p.mapping(g, true, 101+10*uint64(i), 10)
				if i == 0 {
					g.Opts &^= wire.OptDSS
				}
			})
		}
		p.s.stopped = true
	}, want: list("map-missing", "unmapped")},
	{name: "data beyond the FIN", hook: "tcpfin", extra: func(p *pipe) {
		p.send("more", true, wire.ACK, func(g *wire.Segment) { p.mapping(g, true, 290, 10) })
		p.s.stopped = true
	}, want: list("data-after-fin")},
	{name: "join before DSS", hook: "ack", extra: func(p *pipe) {
		p.s.pipe("10.0.1.1", 1001, "10.0.9.9", 80).send("jsyn", true, wire.SYN, func(g *wire.Segment) {
			g.Opts |= wire.OptJoin
			g.Join = wire.Join{Form: wire.JoinSYN, Token: wire.Token(p.s.keyB, 1), AddrID: 2}
		})
		p.s.stopped = true
	}, want: list("join-early")},
	{name: "join of a connection not seen", hook: "ack", extra: func(p *pipe) {
		p.s.pipe("10.0.1.1", 1001, "10.0.9.9", 80).send("jsyn", true, wire.SYN, func(g *wire.Segment) {
			g.Opts |= wire.OptJoin
			g.Join = wire.Join{Form: wire.JoinSYN, Token: 7, AddrID: 2}
		})
		p.s.stopped = true
	}, want: list(), notes: list("join-token")},
	{name: "Address ID of another address", hook: "jdack2", extra: func(p *pipe) {
		p.s.pipe("10.0.7.7", 1002, "10.0.9.9", 80).send("jsyn", true, wire.SYN, func(g *wire.Segment) {
			g.Opts |= wire.OptJoin
			g.Join = wire.Join{Form: wire.JoinSYN, Token: wire.Token(p.s.keyB, 1), AddrID: 2}
		})
		p.s.stopped = true
	}, want: list("address-id"), oneEnd: true},
	{name: "new data on a backup", hook: "prio", extra: func(p *pipe) {
		p.send("b", false, wire.ACK, func(g *wire.Segment) { p.mapping(g, false, 51, 10) })
		p.s.stopped = true
	}, want: list(), notes: list("backup-used")},
	{name: "unknown ID removed", damage: edit("remove", func(g *wire.Segment) { g.RemoveAddr.IDs[0] = 77 }),
		want:  list(),
		notes: list("remove-addr-unknown")},
	{name: "SACK not permitted", hook: "dack2", damage: func(s *script) {
		for _, name := range []string{"syn", "synack"} {
			s.at(name).seg.Opts &^= wire.OptSACKPermitted
		}
		g := &s.at("prio").seg
		g.Opts |= wire.OptSACK
		g.SACKN, g.SACK[0] = 1, wire.Block{Left: g.Ack - 1, Right: g.Ack}
	}, want: list("sack-unasked")},
	{name: "timestamps unasked", damage: func(s *script) {
		s.at("syn").seg.Opts &^= wire.OptTimestamps
		s.at("synack").seg.Opts &^= wire.OptTimestamps
	}, want: list("stamp-echo", "stamp-unasked")},
	{name: "reason of a RST", hook: "tcpfin", extra: func(p *pipe) {
		p.send("rst", true, wire.RST, func(g *wire.Segment) {
			g.Opts, g.Reset = wire.OptReset, wire.Reset{Reason: 9}
		})
		p.s.stopped = true
	}, want: list(), notes: list("reset-reason")},
	{name: "DATA_FIN moved", plain: true, damage: func(s *script) {
		s.after("fin", "fin", func(g *wire.Segment) { g.DSS.DSN++ })
	}, want: list("data-fin-moved")},
	{name: "DATA_FIN with an SSN", plain: true, damage: edit("fin", func(g *wire.Segment) { g.DSS.SSN = 1 }),
		want: list("data-fin-form")},
	{name: "DATA_FIN without mapping", damage: func(s *script) {
		s.after("fin", "fin", func(g *wire.Segment) { g.DSS.Flags = wire.DSSAck | wire.DSSAck8 | wire.DSSFin })
	}, want: list("dss-fin-alone")},
	{name: "other octets sent again", plain: true, damage: edit("data2again", func(g *wire.Segment) { g.Payload.Pos++ }),
		want: list("bytes-differ", "data-differs")},
	{name: "octets changed on one path, then right on the other", damage: func(s *script) {
		for _, name := range []string{"data2", "data2again"} {
			s.at(name).seg.Payload.Pos++ // the checksum stays
		}
	}, want: list("dss-checksum")},
	{name: "other octets on the other subflow", plain: true, damage: edit("reinject", func(g *wire.Segment) { g.Payload.Pos++ }),
		want: list("data-differs")},
	{name: "infinite mapping with checksum", hook: "dack2", extra: func(p *pipe) {
		p.send("plain", true, wire.ACK, func(g *wire.Segment) {
			p.mapping(g, true, 301, 10)
			g.DSS.Len = 0
		})
		p.s.stopped = true
	}, want: list("infinite-form")},
	{name: "HMAC of ADD_ADDR", damage: edit("addaddr", func(g *wire.Segment) { g.AddAddr.HMAC++ }),
		want: list("add-addr-echo", "add-addr-hmac")},
	{name: "echo of nothing", damage: edit("echo", func(g *wire.Segment) { g.AddAddr.ID = 6 }),
		want: list("add-addr-echo")},
	{name: "Address ID twice", damage: func(s *script) {
		s.after("echo", "addaddr", func(g *wire.Segment) {
			g.AddAddr.Addr = ip("10.0.8.9")
			g.AddAddr.HMAC = wire.AddAddrHMAC(s.keyB, s.keyA, 5, g.AddAddr.Addr, 0)
			g.TSVal += 0
		})
	}, want: list("add-addr-rebound")},
	{name: "key of MP_FASTCLOSE", damage: edit("remove", func(g *wire.Segment) {
		g.Opts = g.Opts&^wire.OptRemoveAddr | wire.OptFastClose
		g.FastCloseKey = 7
	}), want: list("fastclose-key")},
	{name: "MP_TCPRST on an ACK", damage: edit("prio", func(g *wire.Segment) { g.Opts |= wire.OptReset }),
		want: list("option-place")},
	{name: "MP_FAIL without checksums", plain: true, damage: edit("prio", func(g *wire.Segment) { g.Opts |= wire.OptFail }),
		want: list("fail-unasked")},
	{name: "ADD_ADDR on a SYN", damage: edit("jsynack", func(g *wire.Segment) {
		g.Opts = g.Opts&^(wire.OptMSS|wire.OptJoin) | wire.OptAddAddr
		g.AddAddr = wire.AddAddr{Addr: g.Src, Echo: true}
	}), want: list("option-place", "join-continued")},
	{name: "acknowledgment beyond", damage: edit("jdack", func(g *wire.Segment) { g.Ack++ }),
		want: list("ack-beyond")},
	{name: "acknowledgment back", damage: edit("dack2", func(g *wire.Segment) { g.Ack -= 201 }),
		want: list("ack-back")},
	{name: "FIN moved", damage: func(s *script) {
		s.after("tcpfin", "tcpfin", func(g *wire.Segment) { g.Seq++; g.TSVal++ })
	}, want: list("data-after-fin", "fin-moved")},
	{name: "timestamp back", oneEnd: true, damage: edit("data2again", func(g *wire.Segment) { g.TSVal -= 5 }),
		want: list("stamp-back", "stamp-echo")},
	{name: "no timestamp", damage: edit("data2again", func(g *wire.Segment) { g.Opts &^= wire.OptTimestamps }),
		want: list("stamp-echo", "stamp-missing")},
	{name: "echo of the future", damage: edit("dack2", func(g *wire.Segment) { g.TSEcr += 50 }),
		want: list("stamp-echo")},
	{name: "window scale on data",
		damage: edit("prio", func(g *wire.Segment) { g.Opts |= wire.OptWindowScale }),
		want:   list("syn-only")},
	{name: "window scale of 15", oneEnd: true,
		damage: edit("syn", func(g *wire.Segment) { g.WindowScale = 15 }),
		want:   list("data-edge-back", "scale-large")},
	{name: "option unasked", damage: edit("syn", func(g *wire.Segment) { g.Opts &^= wire.OptSACKPermitted }),
		want: list("unasked")},
	{name: "SACK of nothing", damage: edit("prio", func(g *wire.Segment) {
		g.Opts |= wire.OptSACK
		g.SACKN, g.SACK[0] = 1, wire.Block{Left: g.Ack + 100, Right: g.Ack + 200}
	}), want: list("sack-block")},
	{name: "SACK block upside down", damage: edit("prio", func(g *wire.Segment) {
		g.Opts |= wire.OptSACK
		g.SACKN, g.SACK[0] = 1, wire.Block{Left: g.Ack, Right: g.Ack}
	}), want: list("sack-block")},
	{name: "many signals", damage: func(s *script) {
		for range 3 {
			s.after("prio", "prio", func(*wire.Segment) {})
		}
	}, want: list("signal-acks")},
	{name: "reserved bits of DSS", raw: true, damage: rawEdit("jdack", 30, 2, func(o []byte) { o[3] |= 0x40 }),
		want: list("reserved-bits")},
	{name: "reserved bits of MP_JOIN", raw: true, damage: rawEdit("jsyn", 30, 1, func(o []byte) { o[2] |= 0x08 }),
		want: list("reserved-bits")},
	{name: "length of MP_PRIO", raw: true, damage: rawEdit("prio", 30, 5, func(o []byte) { o[1] = 4 }),
		want: list("option-length")},
	{name: "length of SACK-permitted", raw: true, damage: rawEdit("syn", 4, 0, func(o []byte) { o[0] = 5 }),
		want: list("option-length", "unasked")},
	{name: "option list breaks off", raw: true, damage: rawEdit("prio", 30, 5, func(o []byte) { o[1] = 40 }),
		want: list("option-broken")},
}

// TestBrokenTraces: each break gives exactly its findings, at both ends of the path.
func TestBrokenTraces(t *testing.T) {
	for _, c := range broken {
		t.Run(c.name, func(t *testing.T) {
			for _, w := range []where{atA, atB} {
				if c.oneEnd && w == atB {
					continue
				}
				s := newScript(t, 1, !c.plain)
				if c.window > 0 {
					s.window = c.window
				}
				if c.hook != "" && c.extra != nil {
					s.hooks[c.hook] = c.extra
				}
				s.build()
				if c.damage != nil {
					c.damage(s)
				}
				want := slices.Clone(c.want)
				slices.Sort(want)
				o := Options{Complete: true, Contents: s.contents}
				runs := []*Auditor{s.octets(o, w)}
				if !c.raw {
					runs = append(runs, s.segments(o, w))
				}
				for i, a := range runs {
					if got := names(a, Note); c.notes != nil && !slices.Equal(got, c.notes) {
						t.Errorf("vantage %d run %d: found %v, want the notes %v:%s", w, i, got, c.notes, listing(a))
					}
					if got := names(a, Warning); !slices.Equal(got, want) {
						t.Errorf("vantage %d run %d: found %v, want %v:%s", w, i, got, want, listing(a))
					}
				}
			}
		})
	}
}
