package script

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"mpsim/model/tcp"
	"mpsim/sim/unit"
)

// infoValue is struct tcp_info: tcpi_rtt is the kernel's number, rtt the same as a duration where it is a time.
type infoValue struct{ i tcp.TCPInfo }

// infoField is one field. unit is 0 for what is no time.
type infoField struct {
	name string
	unit unit.Duration
	get  func(i *tcp.TCPInfo) uint64
}

// infoFields are the fields that scripts see, in the order of the structure.
var infoFields = []infoField{
	{"state", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.State) }},
	{"ca_state", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.CAState) }},
	{"retransmits", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.Retransmits) }},
	{"probes", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.Probes) }},
	{"backoff", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.Backoff) }},
	{"options", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.Options) }},
	{"snd_wscale", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.SndWscale) }},
	{"rcv_wscale", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.RcvWscale) }},
	{"rto", unit.Microsecond, func(i *tcp.TCPInfo) uint64 { return uint64(i.RTO) }},
	{"ato", unit.Microsecond, func(i *tcp.TCPInfo) uint64 { return uint64(i.ATO) }},
	{"snd_mss", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.SndMSS) }},
	{"rcv_mss", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.RcvMSS) }},
	{"unacked", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.Unacked) }},
	{"sacked", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.Sacked) }},
	{"lost", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.Lost) }},
	{"retrans", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.Retrans) }},
	{"last_data_sent", unit.Millisecond, func(i *tcp.TCPInfo) uint64 { return uint64(i.LastDataSent) }},
	{"last_data_recv", unit.Millisecond, func(i *tcp.TCPInfo) uint64 { return uint64(i.LastDataRecv) }},
	{"last_ack_recv", unit.Millisecond, func(i *tcp.TCPInfo) uint64 { return uint64(i.LastAckRecv) }},
	{"pmtu", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.PMTU) }},
	{"rcv_ssthresh", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.RcvSsthresh) }},
	{"rtt", unit.Microsecond, func(i *tcp.TCPInfo) uint64 { return uint64(i.RTT) }},
	{"rttvar", unit.Microsecond, func(i *tcp.TCPInfo) uint64 { return uint64(i.RTTVar) }},
	{"snd_ssthresh", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.SndSsthresh) }},
	{"snd_cwnd", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.SndCwnd) }},
	{"advmss", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.Advmss) }},
	{"reordering", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.Reordering) }},
	{"rcv_rtt", unit.Microsecond, func(i *tcp.TCPInfo) uint64 { return uint64(i.RcvRTT) }},
	{"rcv_space", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.RcvSpace) }},
	{"total_retrans", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.TotalRetrans) }},
	{"pacing_rate", 0, func(i *tcp.TCPInfo) uint64 { return i.PacingRate }},
	{"bytes_acked", 0, func(i *tcp.TCPInfo) uint64 { return i.BytesAcked }},
	{"bytes_received", 0, func(i *tcp.TCPInfo) uint64 { return i.BytesReceived }},
	{"segs_out", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.SegsOut) }},
	{"segs_in", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.SegsIn) }},
	{"notsent_bytes", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.NotsentBytes) }},
	{"min_rtt", unit.Microsecond, func(i *tcp.TCPInfo) uint64 { return uint64(i.MinRTT) }},
	{"data_segs_out", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.DataSegsOut) }},
	{"busy_time", unit.Microsecond, func(i *tcp.TCPInfo) uint64 { return i.BusyTime }},
	{"rwnd_limited", unit.Microsecond, func(i *tcp.TCPInfo) uint64 { return i.RwndLimited }},
	{"sndbuf_limited", unit.Microsecond, func(i *tcp.TCPInfo) uint64 { return i.SndbufLimited }},
	{"delivered", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.Delivered) }},
	{"bytes_sent", 0, func(i *tcp.TCPInfo) uint64 { return i.BytesSent }},
	{"bytes_retrans", 0, func(i *tcp.TCPInfo) uint64 { return i.BytesRetrans }},
	{"dsack_dups", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.DSACKDups) }},
	{"reord_seen", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.ReordSeen) }},
	{"rcv_ooopack", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.RcvOooPack) }},
	{"snd_wnd", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.SndWnd) }},
	{"rcv_wnd", 0, func(i *tcp.TCPInfo) uint64 { return uint64(i.RcvWnd) }},
}

// infoIndex finds a field by name.
var infoIndex = func() map[string]int {
	m := make(map[string]int, len(infoFields))
	for i, f := range infoFields {
		m[f.name] = i
	}
	return m
}()

// Type returns the name that scripts see.
func (v *infoValue) Type() string          { return "tcp_info" }
func (v *infoValue) Freeze()               {}
func (v *infoValue) Truth() starlark.Bool  { return true }
func (v *infoValue) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: tcp_info") }

// String prints all fields.
func (v *infoValue) String() string {
	var b strings.Builder
	b.WriteString("tcp_info(")
	for i := range infoFields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(infoFields[i].name + " = " + v.field(i).String())
	}
	return b.String() + ")"
}

func (v *infoValue) field(k int) starlark.Value {
	f := &infoFields[k]
	n := f.get(&v.i)
	if f.unit != 0 {
		return Duration(unit.Duration(n) * f.unit)
	}
	return starlark.MakeUint64(n)
}

// Attr gives a field.
func (v *infoValue) Attr(name string) (starlark.Value, error) {
	if k, ok := infoIndex[name]; ok {
		return v.field(k), nil
	}
	if kernel, ok := strings.CutPrefix(name, "tcpi_"); ok {
		if k, ok := infoIndex[kernel]; ok {
			return starlark.MakeUint64(infoFields[k].get(&v.i)), nil
		}
	}
	return nil, nil
}

// AttrNames lists the fields without their prefix.
func (v *infoValue) AttrNames() []string {
	names := make([]string, len(infoFields))
	for i := range infoFields {
		names[i] = infoFields[i].name
	}
	return names
}
