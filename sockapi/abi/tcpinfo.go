package abi

import (
	"encoding/binary"

	"mpsim/model/tcp"
)

// TCPInfoSize is the size of struct tcp_info of Linux 6.18, octets. TCPInfoForkSize is that of the kernel
// (4.14) that has the enhanced socket API, TCPInfoClassicSize that of glibc's netinet/tcp.h: the same fields,
// fewer of them.
const (
	TCPInfoSize        = 280
	TCPInfoForkSize    = 192
	TCPInfoClassicSize = 104
)

// AppendTCPInfo appends a struct tcp_info. What the model does not have is 0, but for the largest pacing
// rate, of which there is none: all ones.
func AppendTCPInfo(b []byte, i *tcp.TCPInfo) []byte {
	start := len(b)
	b = append(b, make([]byte, TCPInfoSize)...)
	c := infoCodec{b: b[start:], write: true}
	c.all(i)
	return b
}

// ParseTCPInfo reads a struct tcp_info, or as much of it as there is; the rest is 0. ok is false where b is
// shorter than what every version has.
func ParseTCPInfo(b []byte) (i tcp.TCPInfo, ok bool) {
	if len(b) < TCPInfoClassicSize {
		return i, false
	}
	whole := make([]byte, TCPInfoSize)
	copy(whole, b)
	c := infoCodec{b: whole}
	c.all(&i)
	return i, true
}

// infoCodec goes over a struct tcp_info in the order of its fields, either way.
type infoCodec struct {
	b     []byte
	at    int
	write bool
}

func (c *infoCodec) u8(fields ...*uint8) {
	for _, f := range fields {
		if c.write {
			c.b[c.at] = *f
		} else {
			*f = c.b[c.at]
		}
		c.at++
	}
}

func (c *infoCodec) u32(fields ...*uint32) {
	for _, f := range fields {
		if c.write {
			binary.LittleEndian.PutUint32(c.b[c.at:], *f)
		} else {
			*f = binary.LittleEndian.Uint32(c.b[c.at:])
		}
		c.at += 4
	}
}

func (c *infoCodec) u64(fields ...*uint64) {
	for _, f := range fields {
		if c.write {
			binary.LittleEndian.PutUint64(c.b[c.at:], *f)
		} else {
			*f = binary.LittleEndian.Uint64(c.b[c.at:])
		}
		c.at += 8
	}
}

// all is the struct. Names that begin with none are fields that the model does not have.
func (c *infoCodec) all(i *tcp.TCPInfo) {
	scales := i.SndWscale&15 | i.RcvWscale<<4
	var appLimited uint8 // and fastopen_client_fail
	c.u8(&i.State, &i.CAState, &i.Retransmits, &i.Probes, &i.Backoff, &i.Options, &scales, &appLimited)
	i.SndWscale, i.RcvWscale = scales&15, scales>>4

	var noFackets, noLastAckSent uint32
	c.u32(&i.RTO, &i.ATO, &i.SndMSS, &i.RcvMSS)
	c.u32(&i.Unacked, &i.Sacked, &i.Lost, &i.Retrans, &noFackets)
	c.u32(&i.LastDataSent, &noLastAckSent, &i.LastDataRecv, &i.LastAckRecv)
	c.u32(&i.PMTU, &i.RcvSsthresh, &i.RTT, &i.RTTVar, &i.SndSsthresh, &i.SndCwnd, &i.Advmss, &i.Reordering)
	c.u32(&i.RcvRTT, &i.RcvSpace, &i.TotalRetrans)

	maxPacingRate, noDeliveryRate := ^uint64(0), uint64(0)
	var noDataSegsIn, noDeliveredCE, noRehash, noTotalRTOs, noRTOTime uint32
	c.u64(&i.PacingRate, &maxPacingRate, &i.BytesAcked, &i.BytesReceived)
	c.u32(&i.SegsOut, &i.SegsIn, &i.NotsentBytes, &i.MinRTT, &noDataSegsIn, &i.DataSegsOut)
	c.u64(&noDeliveryRate, &i.BusyTime, &i.RwndLimited, &i.SndbufLimited)
	c.u32(&i.Delivered, &noDeliveredCE)
	c.u64(&i.BytesSent, &i.BytesRetrans)
	c.u32(&i.DSACKDups, &i.ReordSeen, &i.RcvOooPack, &i.SndWnd, &i.RcvWnd)
	c.u32(&noRehash, &noTotalRTOs, &noRTOTime)
	// The rest (accurate ECN) is 0.
}
