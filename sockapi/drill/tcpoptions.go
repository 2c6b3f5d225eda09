package drill

import (
	"fmt"
	"strings"

	"mpsim/model/wire"
	"mpsim/sim/unit"
	"mpsim/sockapi/drill/pkt"
)

// options compares the options of a segment with those of a line: the same ones with the same values, in
// whatever order.
func (c *comparison) options() {
	var want wire.Options
	for i := range c.k.Options {
		o := &c.k.Options[i]
		bit := optionBit(o.Kind)
		if bit&want != 0 {
			c.r.bad(o.Pos, "the option %v stands twice", bit)
		}
		want |= bit
		if bit&c.seg.Opts != 0 {
			c.option(o)
		}
	}
	missing, extra := want&^c.seg.Opts, c.seg.Opts&^want
	if c.dssChoice(missing, extra) {
		c.r.trace("> (a DATA_ACK beside ADD_ADDR, or none: either is right)")
		return
	}
	if missing != 0 {
		c.bad("%v is missing", missing)
	}
	if extra != 0 {
		c.bad("%v is not expected", extra)
	}
}

// learnOptions takes what later lines need from options that a line leaves open.
func (c *comparison) learnOptions() {
	c.learnMPTCP()
}

func optionBit(k pkt.OptionKind) wire.Options {
	switch k {
	case pkt.OptMSS:
		return wire.OptMSS
	case pkt.OptWScale:
		return wire.OptWindowScale
	case pkt.OptSACKOK:
		return wire.OptSACKPermitted
	case pkt.OptSACK:
		return wire.OptSACK
	case pkt.OptTimestamp:
		return wire.OptTimestamps
	case pkt.OptFastOpen:
		return wire.OptFastOpen
	case pkt.OptCapable:
		return wire.OptCapable
	case pkt.OptJoin:
		return wire.OptJoin
	case pkt.OptDSS:
		return wire.OptDSS
	case pkt.OptAddAddr:
		return wire.OptAddAddr
	case pkt.OptRemoveAddr:
		return wire.OptRemoveAddr
	case pkt.OptPrio:
		return wire.OptPrio
	case pkt.OptFail:
		return wire.OptFail
	case pkt.OptFastClose:
		return wire.OptFastClose
	case pkt.OptReset:
		return wire.OptReset
	case pkt.OptNOP, pkt.OptEOL:
	}
	return 0
}

// option compares the values of an option that the segment has.
func (c *comparison) option(o *pkt.TCPOption) {
	switch o.Kind {
	case pkt.OptMSS:
		c.number("mss", uint64(c.seg.MSS), uint64(o.Num))
	case pkt.OptWScale:
		c.number("wscale", uint64(c.seg.WindowScale), uint64(o.Num))
	case pkt.OptSACK:
		got := c.seg.SACK[:c.seg.SACKN]
		same := len(got) == len(o.Blocks)
		for i := 0; same && i < len(got); i++ {
			same = got[i].Left-c.f.irs == o.Blocks[i][0] && got[i].Right-c.f.irs == o.Blocks[i][1]
		}
		if !same {
			c.bad("the SACK blocks are others")
		}
	case pkt.OptTimestamp:
		c.stamp(o)
	case pkt.OptFastOpen:
		if want := c.r.cookie(c.f, o); c.seg.FastOpen != want {
			c.bad("the Fast Open option is %v instead of %v", &c.seg.FastOpen, &want)
		}
	default:
		c.mptcp(o)
	}
}

// stamp compares timestamps: the echo if --check_ts_ecr stands in the script, the value by its distance
// from the first one if --tcp_ts_tick_usecs tells the host's tick. Public scripts write anything there.
func (c *comparison) stamp(o *pkt.TCPOption) {
	f, seg := c.f, c.seg
	if tick := c.r.c.tsTick; tick > 0 && len(f.stamps) > 0 {
		off := int64(int32(f.scriptStamp(seg.TSVal) - o.Num))
		if d := unit.Duration(max(off, -off)) * tick; d > c.r.c.Tolerance {
			c.bad("TS val is %d instead of %d", f.scriptStamp(seg.TSVal), o.Num)
		}
	}
	f.stamps = append(f.stamps, stampPair{o.Num, seg.TSVal})
	if c.r.c.checkEcho && (seg.Flags&wire.ACK != 0 || o.Num2 == 0) {
		c.number("TS ecr", uint64(seg.TSEcr), uint64(o.Num2))
	}
}

// renderOptions writes options as scripts do.
func (r *runner) renderOptions(f *flow, seg *wire.Segment) string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Errorf(format, args...).Error()) }
	if seg.Has(wire.OptMSS) {
		add("mss %d", seg.MSS)
	}
	if seg.Has(wire.OptSACKPermitted) {
		add("sackOK")
	}
	if seg.Has(wire.OptTimestamps) {
		add("TS val %d ecr %d", f.scriptStamp(seg.TSVal), seg.TSEcr)
	}
	if seg.Has(wire.OptWindowScale) {
		add("wscale %d", seg.WindowScale)
	}
	if seg.Has(wire.OptSACK) {
		text := "sack"
		for _, b := range seg.SACK[:seg.SACKN] {
			text += fmt.Errorf(" %d:%d", b.Left-f.irs, b.Right-f.irs).Error()
		}
		add("%s", text)
	}
	if seg.Has(wire.OptFastOpen) {
		add("%v", &seg.FastOpen)
	}
	return strings.Join(append(list, r.renderMPTCP(f, seg)...), ", ")
}
