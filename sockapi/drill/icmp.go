package drill

import (
	"mpsim/model/tcp"
	"mpsim/sockapi/drill/pkt"
)

// icmpKinds are the messages as the stack tells them apart (Linux, icmp_err_convert and icmpv6_err_convert).
var icmpKinds = map[string]tcp.ICMPError{
	"": tcp.ICMPNet, "net_unreachable": tcp.ICMPNet, "net_unreachable_for_tos": tcp.ICMPNet,
	"net_prohibited": tcp.ICMPNet, "host_unreachable": tcp.ICMPHost, "host_unreachable_for_tos": tcp.ICMPHost,
	"host_prohibited": tcp.ICMPHost, "packet_filtered": tcp.ICMPHost, "precedence_violation": tcp.ICMPHost,
	"precedence_cutoff": tcp.ICMPHost, "communication_prohibited": tcp.ICMPHost, "not_neighbour": tcp.ICMPHost,
	"address_unreachable": tcp.ICMPHost, "protocol_unreachable": tcp.ICMPProtocol,
	"port_unreachable": tcp.ICMPPort, "frag_needed": tcp.ICMPTooBig, "source_route_failed": tcp.ICMPNet,
}

// injectICMP gives the host an ICMP error that quotes a segment of the flow made last, or of the one named.
func (r *runner) injectICMP(k *pkt.Packet) {
	f := r.current
	if k.Tuple {
		f = r.inFlow(k)
	}
	if f == nil {
		r.bad(k.Pos, "there is no connection yet that an ICMP packet could quote a segment of")
	}
	m := k.ICMP
	kind := icmpKinds[m.Code]
	switch m.Type {
	case "packet_too_big":
		kind = tcp.ICMPTooBig
	case "time_exceeded":
		kind = tcp.ICMPHost
	case "parameter_problem":
		kind = tcp.ICMPProtocol
	}
	if kind == tcp.ICMPTooBig && m.MTU == 0 {
		r.bad(m.Pos, "an MTU is needed: icmp unreachable frag_needed mtu N, or icmp packet_too_big mtu N")
	}
	r.trace("< " + r.event.Text)
	r.tcp.ReceiveICMP(r.w.Now(), kind, m.MTU, f.local, f.lport, f.remote, f.rport, m.Seq+f.iss)
}
