package mptcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// checker reads every segment that leaves either host, as a capture would have it, and complains of what
// RFC 8684 forbids: bytes bound twice (3.3.1), a mapping that does not touch its segment (3.3.1), a
// DATA_ACK or a right edge that goes back (3.3.2, 3.3.4), data beyond the right edge, options of a plain
// connection (3.7).
type checker struct {
	n              *testNet
	client, server *endpoint
	flows          map[flowKey]*flowState
	ack            [2]uint64 // position acknowledged, by the end that sends the DATA_ACK
	edge           [2]uint64 // right edge advertised
	told           [2]bool
	data           int // segments with mapped payload seen
}

type flowKey struct {
	src, dst     wire.Addr
	sport, dport uint16
}

type flowState struct {
	iss   uint32
	shift uint8
	bound map[uint64]uint64 // SSN of an octet that starts a segment -> DSN
	dll   map[uint32]uint16 // SSN of a mapping -> its length
}

// check starts a checker; it must be told the two ends after connect.
func (n *testNet) check() *checker {
	k := &checker{n: n, flows: map[flowKey]*flowState{}}
	n.taps = append(n.taps, k.segment)
	return k
}

func (k *checker) ends() (client, server *Conn) {
	if k.client == nil {
		return nil, nil
	}
	return k.n.conns(k.client, k.server)
}

func (k *checker) segment(now sim.Time, seg *wire.Segment, fromClient bool) {
	key := flowKey{seg.Src, seg.Dst, seg.SrcPort, seg.DstPort}
	if seg.Flags&wire.SYN != 0 {
		k.flows[key] = &flowState{iss: seg.Seq, bound: map[uint64]uint64{}, dll: map[uint32]uint16{}, shift: seg.WindowScale}
		return
	}
	f := k.flows[key]
	client, server := k.ends()
	if f == nil || client == nil || server == nil || !client.remoteKnown || !server.remoteKnown {
		return
	}
	me, mine, theirs := 1, server, client
	if fromClient {
		me, mine, theirs = 0, client, server
	}
	if mine.plain {
		return
	}
	ssn := uint64(seg.Seq - f.iss)
	switch {
	case seg.Payload.Len == 0:
	case seg.Opts&wire.OptDSS != 0 && seg.DSS.Flags&wire.DSSMap != 0:
		k.mapping(now, seg, f, ssn, mine, me)
	case seg.Opts&wire.OptCapable != 0 && seg.Capable.Form >= wire.CapableData:
		k.bind(now, seg, f, ssn, mine.localIDSN+ssn, mine, me)
	default:
		k.n.t.Fatalf("%v: data without mapping: %s", now, describe(seg, fromClient))
	}
	if seg.Opts&wire.OptDSS != 0 && seg.DSS.Flags&wire.DSSAck != 0 {
		ack := seg.DSS.DataAck
		if seg.DSS.Flags&wire.DSSAck8 == 0 {
			ack = unwrap32(theirs.localIDSN+1+k.ack[me], uint32(ack))
		}
		pos := ack - theirs.localIDSN - 1
		if k.told[me] && pos < k.ack[me] {
			k.n.t.Fatalf("%v: DATA_ACK goes back from %d to %d", now, k.ack[me], pos)
		}
		edge := pos + uint64(seg.Window)<<f.shift
		if edge+1<<f.shift < k.edge[me] && seg.Flags&wire.RST == 0 {
			k.n.t.Fatalf("%v: right edge goes back from %d to %d", now, k.edge[me], edge)
		}
		k.ack[me], k.edge[me], k.told[me] = pos, max(k.edge[me], edge), true
	}
}

func (k *checker) mapping(now sim.Time, seg *wire.Segment, f *flowState, ssn uint64, mine *Conn, me int) {
	d := &seg.DSS
	if d.SSN == 0 || uint64(d.SSN) >= ssn+uint64(seg.Payload.Len) || uint64(d.SSN)+uint64(d.Len) <= ssn {
		k.n.t.Fatalf("%v: mapping ssn %d length %d beside its segment at %d", now, d.SSN, d.Len, ssn)
	}
	if old, ok := f.dll[d.SSN]; ok && old != d.Len {
		k.n.t.Fatalf("%v: mapping at %d had length %d, now %d", now, d.SSN, old, d.Len)
	}
	f.dll[d.SSN] = d.Len
	dsn := d.DSN
	if d.Flags&wire.DSSMap8 == 0 {
		dsn = unwrap32(mine.localIDSN+1+mine.snd.Una(), uint32(dsn))
	}
	k.bind(now, seg, f, ssn, dsn+(ssn-uint64(d.SSN)), mine, me)
}

func (k *checker) bind(now sim.Time, seg *wire.Segment, f *flowState, ssn, dsn uint64, mine *Conn, me int) {
	k.data++
	if old, ok := f.bound[ssn]; ok && old != dsn {
		k.n.t.Fatalf("%v: subflow octet %d was bound to DSN %d, now to %d", now, ssn, old, dsn)
	}
	f.bound[ssn] = dsn
	pos := dsn - mine.localIDSN - 1
	if pos != seg.Payload.Pos {
		k.n.t.Fatalf("%v: octet %d of the content at position %d", now, seg.Payload.Pos, pos)
	}
	if edge := k.edge[1-me]; k.told[1-me] && pos+uint64(seg.Payload.Len) > edge+1<<f.shift {
		k.n.t.Fatalf("%v: data up to %d beyond the window's edge %d", now, pos+uint64(seg.Payload.Len), edge)
	}
}
