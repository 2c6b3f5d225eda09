package mptcp

import (
	"fmt"
	"strings"

	"mpsim/model/wire"
	"mpsim/sim"
)

// describe writes a segment as one line: direction, flags, sequence numbers, payload, MPTCP options. Keys and
// numbers that depend on them are written relative to what the test knows.
func describe(seg *wire.Segment, fromClient bool) string {
	var b strings.Builder
	if fromClient {
		b.WriteString("> ")
	} else {
		b.WriteString("< ")
	}
	for _, f := range []struct {
		bit  wire.Flags
		name string
	}{{wire.SYN, "S"}, {wire.FIN, "F"}, {wire.RST, "R"}, {wire.PSH, "P"}, {wire.ACK, "."}} {
		if seg.Flags&f.bit != 0 {
			b.WriteString(f.name)
		}
	}
	if seg.Payload.Len > 0 {
		fmt.Fprintf(&b, " len %d", seg.Payload.Len)
	}
	b.WriteString(describeOptions(seg))
	return b.String()
}

func describeOptions(seg *wire.Segment) string {
	var b strings.Builder
	o := seg.Opts
	if o&wire.OptCapable != 0 {
		fmt.Fprintf(&b, " capable%d v%d flags %02x", seg.Capable.Form, seg.Capable.Version, seg.Capable.Flags)
		if seg.Capable.Form >= wire.CapableData {
			fmt.Fprintf(&b, " dll %d", seg.Capable.DataLen)
		}
	}
	if o&wire.OptJoin != 0 {
		fmt.Fprintf(&b, " join%d id %d", seg.Join.Form, seg.Join.AddrID)
		if seg.Join.Backup {
			b.WriteString(" backup")
		}
	}
	if o&wire.OptDSS != 0 {
		b.WriteString(" dss")
		d := &seg.DSS
		if d.Flags&wire.DSSAck8 != 0 {
			b.WriteString(" ack8")
		} else if d.Flags&wire.DSSAck != 0 {
			b.WriteString(" ack4")
		}
		if d.Flags&wire.DSSMap != 0 {
			fmt.Fprintf(&b, " map ssn %d dll %d", d.SSN, d.Len)
		}
		if d.Flags&wire.DSSSum != 0 {
			b.WriteString(" sum")
		}
		if d.Flags&wire.DSSFin != 0 {
			b.WriteString(" fin")
		}
	}
	if o&wire.OptAddAddr != 0 {
		fmt.Fprintf(&b, " add_addr id %d %v echo %v", seg.AddAddr.ID, seg.AddAddr.Addr.Netip(), seg.AddAddr.Echo)
	}
	if o&wire.OptRemoveAddr != 0 {
		fmt.Fprintf(&b, " remove_addr %v", seg.RemoveAddr.List())
	}
	if o&wire.OptPrio != 0 {
		fmt.Fprintf(&b, " prio backup %v", seg.Prio.Backup)
	}
	if o&wire.OptReset != 0 {
		fmt.Fprintf(&b, " rst reason %d", seg.Reset.Reason)
	}
	if o&wire.OptFail != 0 {
		b.WriteString(" fail")
	}
	if o&wire.OptFastClose != 0 {
		b.WriteString(" fastclose")
	}
	return b.String()
}

// record keeps every segment that either end sends.
func (n *testNet) record(timed bool) *[]string {
	var lines []string
	n.taps = append(n.taps, func(now sim.Time, seg *wire.Segment, fromClient bool) {
		line := describe(seg, fromClient)
		if timed {
			line = fmt.Sprintf("%v %v:%d>%v:%d seq %d ack %d win %d %s", now, seg.Src.Netip(), seg.SrcPort,
				seg.Dst.Netip(), seg.DstPort, seg.Seq, seg.Ack, seg.Window, line)
		}
		lines = append(lines, line)
	})
	return &lines
}
