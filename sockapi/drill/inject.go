package drill

import (
	"encoding/hex"

	"mpsim/model/wire"
	"mpsim/sockapi/drill/pkt"
)

// inject makes the segment of a line and gives it to the host.
func (r *runner) inject(k *pkt.Packet) {
	f := r.inFlow(k)
	seg := wire.Segment{
		Src: f.remote, Dst: f.local, SrcPort: f.rport, DstPort: f.lport, Flags: wireFlags(k.Flags), TTL: 64,
	}
	if k.TTL > 0 {
		seg.TTL = uint8(k.TTL)
	}
	if k.TOS != pkt.TOSNone {
		seg.TOS = k.TOSValue
	}
	syn := seg.Flags&wire.SYN != 0
	seg.Seq = k.Seq
	if syn {
		f.irs = k.Seq
	} else {
		seg.Seq += f.irs
	}
	if seg.Flags&wire.ACK != 0 {
		seg.Ack = k.Ack + f.iss
		if syn {
			seg.Ack -= f.scriptISS
		}
	}
	seg.Window = uint16(max(k.Window, 0))
	if k.Urgent > 0 {
		seg.UrgentPointer = uint16(k.Urgent)
	}
	if k.Len > 0 {
		seg.Payload = wire.Payload{Stream: r.zeros, Len: uint32(k.Len)}
	}
	for i := range k.Options {
		r.inOption(f, k, &k.Options[i], &seg)
	}
	if !seg.Fits() {
		r.bad(k.Pos, "the options take %d octets: TCP has room for 40", seg.OptionLen())
	}
	r.trace("< " + r.event.Text)
	r.host.inject(r.w.Now(), &seg)
}

// inOption adds one option of a line to a segment.
func (r *runner) inOption(f *flow, k *pkt.Packet, o *pkt.TCPOption, seg *wire.Segment) {
	switch o.Kind {
	case pkt.OptNOP, pkt.OptEOL:
	case pkt.OptMSS:
		seg.Opts |= wire.OptMSS
		seg.MSS = uint16(o.Num)
	case pkt.OptWScale:
		seg.Opts |= wire.OptWindowScale
		seg.WindowScale = uint8(o.Num)
	case pkt.OptSACKOK:
		seg.Opts |= wire.OptSACKPermitted
	case pkt.OptSACK:
		seg.Opts |= wire.OptSACK
		seg.SACKN = uint8(len(o.Blocks))
		for i, b := range o.Blocks {
			seg.SACK[i] = wire.Block{Left: b[0] + f.iss, Right: b[1] + f.iss}
		}
	case pkt.OptTimestamp:
		seg.Opts |= wire.OptTimestamps
		seg.TSVal, seg.TSEcr = o.Num, f.liveStamp(o.Num2)
		if seg.Flags&wire.ACK == 0 {
			seg.TSEcr = o.Num2
		}
	case pkt.OptFastOpen:
		if cookieIgnored(o.Cookie) {
			return // a host passes over an option of a length that cannot be (RFC 7413 section 4.1.1)
		}
		seg.Opts |= wire.OptFastOpen
		seg.FastOpen = r.cookie(f, o)
	default:
		r.inMPTCP(f, k, o, seg)
	}
}

// cookie makes the Fast Open option that a line gives.
func (r *runner) cookie(f *flow, o *pkt.TCPOption) wire.FastOpen {
	c := wire.FastOpen{}
	if o.Cookie == "TFO_COOKIE" {
		key := r.sys.foKey
		c = key.Cookie(f.remote, f.local)
	} else if o.Cookie != "" {
		octets, err := hex.DecodeString(o.Cookie)
		if err != nil || len(octets) > 16 || len(octets) < 4 || len(octets)%2 != 0 {
			r.bad(o.Pos, "the cookie %s is not an even number of 4 to 16 octets in hexadecimal", o.Cookie)
		}
		c = wire.NewFastOpen(octets)
	}
	c.Exp = o.Exp
	return c
}

// cookieIgnored tells whether a cookie in hexadecimal has a length that RFC 7413 does not allow.
func cookieIgnored(hex string) bool {
	n := len(hex) / 2
	return hex != "TFO_COOKIE" && n != 0 && (n < 4 || n > 16 || n%2 != 0)
}
