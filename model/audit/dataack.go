package audit

import "mpsim/model/wire"

// dataAck holds a DATA_ACK and the window that it comes with to what was sent and offered before (RFC 8684
// sections 3.3.2 and 3.3.4).
func (a *Auditor) dataAck() {
	d, me, data := &a.seg.DSS, &a.f.end[a.h], a.them()
	wide := d.Flags&wire.DSSAck8 != 0
	if !data.haveZero {
		data.zero, data.haveZero, data.guessed = d.DataAck-1, true, true
		a.f.conn.unchecked |= noIDSN
	}
	var ack int64
	if wide {
		ack = unwrap64(d.DataAck, data.zero)
	} else {
		ack = unwrap(uint32(d.DataAck)-uint32(data.zero), data.acked)
	}
	if data.infinite {
		return
	}
	if !wide && data.wideData && !data.narrow && ack > 1 && a.f.conn.version == 1 {
		a.find(DataAckShort, value{}, value{})
	}
	if !data.guessed {
		if most := max(1, data.cover.reach(1)); ack > most {
			a.suspect(DataAckBeyond, true, num(most), num(ack))
		}
	}
	// Order over several subflows is that of sending only where nothing lies between host and vantage point; a
	// capture of a real host is taken behind the queues of its interfaces.
	before, edgeBefore := me.dataAck, me.dataEdge
	if a.local && a.o.Complete {
		before, edgeBefore = data.acked, data.edge
	}
	if a.ordered && ack < before {
		a.find(DataAckBack, num(before), num(ack))
	}
	me.dataAck = max(me.dataAck, ack)
	data.acked, data.ackSeen = max(data.acked, ack), true
	window, exact := a.window()
	if !exact {
		return
	}
	edge := ack + window
	if a.ordered && edge+a.granularity() <= edgeBefore && a.seg.Window != 0xffff {
		a.find(DataEdgeBack, num(edgeBefore), num(edge))
	}
	me.dataEdge = max(me.dataEdge, edge)
	if data.edge = max(data.edge, edge); !data.edgeKnown {
		data.edge, data.edgeKnown = edge, true
	}
}

// firstWindow takes the window of segments without DATA_ACK as that of the connection, until there is a DATA_ACK:
// it counts from the first octet.
func (a *Auditor) firstWindow() {
	data := a.them()
	if a.f.join.used || data.ackSeen || a.seg.Flags&wire.ACK == 0 && a.seg.Flags&wire.SYN == 0 {
		return
	}
	if window, exact := a.window(); exact {
		data.edge, data.edgeKnown = max(data.edge, 1+window), true
	}
}
