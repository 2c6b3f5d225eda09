package drill

import (
	"mpsim/model/wire"
	"mpsim/sockapi/drill/pkt"
)

// inMPTCP adds one MPTCP option of a line to a segment of the script.
func (r *runner) inMPTCP(f *flow, k *pkt.Packet, o *pkt.TCPOption, seg *wire.Segment) {
	switch o.Kind {
	case pkt.OptCapable:
		seg.Opts |= wire.OptCapable
		r.inCapable(f, o, seg)
	case pkt.OptJoin:
		seg.Opts |= wire.OptJoin
		r.inJoin(f, o, seg)
	case pkt.OptDSS:
		seg.Opts |= wire.OptDSS
		r.inDSS(f, k, o, seg)
	case pkt.OptAddAddr:
		seg.Opts |= wire.OptAddAddr
		r.inAddAddr(f, o, seg)
	case pkt.OptRemoveAddr:
		seg.Opts |= wire.OptRemoveAddr
		seg.RemoveAddr.N = uint8(copy(seg.RemoveAddr.IDs[:], o.IDs))
	case pkt.OptPrio:
		seg.Opts |= wire.OptPrio
		seg.Prio = wire.Prio{Backup: o.Backup, HasID: o.HasID, AddrID: o.ID}
	case pkt.OptFail:
		seg.Opts |= wire.OptFail
		if o.Value != nil {
			seg.FailDSN = r.position(o.Value, r.connOf(f).localIDSN(), o.Pos)
		}
	case pkt.OptFastClose:
		seg.Opts |= wire.OptFastClose
		seg.FastCloseKey = r.connOf(f).local
		if o.Value != nil {
			seg.FastCloseKey = r.position(o.Value, 0, o.Pos)
		}
	case pkt.OptReset:
		seg.Opts |= wire.OptReset
		seg.Reset = wire.Reset{Reason: uint8(o.Num), Transient: o.Transient}
	default:
		r.bad(o.Pos, "this option cannot be injected")
	}
}

func (r *runner) inCapable(f *flow, o *pkt.TCPOption, seg *wire.Segment) {
	c, m := o.Capable, r.connOf(f)
	w := &seg.Capable
	*w = wire.Capable{Version: c.Version, Flags: c.Flags, Form: wire.CapableSYN}
	if c.Version <= 1 {
		m.version = int(c.Version)
	}
	m.peerSum = c.Flags&wire.CapableChecksum != 0
	if len(c.Keys) > 0 {
		w.Form = wire.CapableKey
		w.SenderKey = r.bindKey(&c.Keys[0])
		if !m.remoteKnown {
			m.remote, m.remoteKnown = w.SenderKey, true
		}
	}
	if len(c.Keys) > 1 {
		w.Form = wire.CapableKeys
		w.ReceiverKey = r.bindKey(&c.Keys[1])
	}
	if c.DataLen >= 0 {
		w.Form, w.DataLen = wire.CapableData, uint16(c.DataLen)
		switch {
		case c.Checksum != nil:
			w.Form, w.Checksum = wire.CapableDataCsum, uint16(*c.Checksum)
		case m.sum() && !c.NoSum:
			w.Form = wire.CapableDataCsum
			w.Checksum = zeroSum(m.remoteIDSN()+1, 1, w.DataLen)
		}
	}
}

func (r *runner) inJoin(f *flow, o *pkt.TCPOption, seg *wire.Segment) {
	j, w := o.Join, &seg.Join
	if j.Rand >= 0 {
		f.peerNonce = uint32(j.Rand)
	}
	if j.Form == 0 { // the script joins
		var auto uint64
		if len(r.conns) > 0 {
			auto = r.conns[len(r.conns)-1].local
		}
		token := r.tokenOf(&j.Token, o.Pos, auto)
		r.joined(f, token, true)
		f.remoteID = j.ID
		*w = wire.Join{Form: wire.JoinSYN, Token: token, Nonce: f.peerNonce, AddrID: j.ID, Backup: j.Backup}
		return
	}
	m := r.connOf(f)
	right := wire.JoinHMAC(m.remote, m.local, f.peerNonce, f.nonce, m.version)
	h := r.hmacOf(&j.HMAC, o.Pos, right, f.peerNonce, f.nonce, m.version)
	if j.Form == 1 {
		f.remoteID = j.ID
		*w = wire.Join{Form: wire.JoinSYNACK, HMAC: h, Nonce: f.peerNonce, AddrID: j.ID, Backup: j.Backup}
		return
	}
	*w = wire.Join{Form: wire.JoinACK, HMAC: h}
}

func (r *runner) inDSS(f *flow, k *pkt.Packet, o *pkt.TCPOption, seg *wire.Segment) {
	d, m, w := o.DSS, r.connOf(f), &seg.DSS
	*w = wire.DSS{}
	if d.Ack != nil {
		w.Flags |= wire.DSSAck
		if d.Ack8 {
			w.Flags |= wire.DSSAck8
		}
		w.DataAck = m.localIDSN() + m.dsn
		if !d.Ack.Auto {
			w.DataAck = r.position(d.Ack, m.localIDSN(), o.Pos)
		}
	}
	if d.Fin {
		w.Flags |= wire.DSSFin
	}
	if d.DSN == nil {
		return
	}
	w.Flags |= wire.DSSMap
	if d.DSN8 {
		w.Flags |= wire.DSSMap8
	}
	w.DSN = m.remoteIDSN() + 1
	if !d.DSN.Auto {
		w.DSN = r.position(d.DSN, m.remoteIDSN(), o.Pos)
	}
	switch {
	case d.HasLen:
		w.Len = d.Len
	default:
		w.Len = k.Len
		if d.Fin {
			w.Len++
		}
	}
	switch {
	case d.HasSSN:
		w.SSN = d.SSN
	case k.Len > 0:
		w.SSN = k.Seq
	}
	switch {
	case d.Sum == pkt.SumNum:
		w.Flags |= wire.DSSSum
		w.Checksum = d.SumText
	case d.Sum == pkt.SumAuto && m.sum():
		w.Flags |= wire.DSSSum
		dsn := w.DSN
		if !d.DSN8 { // the pseudo-header has all 64 bits
			dsn = m.remoteIDSN()&^(1<<32-1) | dsn&(1<<32-1)
		}
		w.Checksum = zeroSum(dsn, w.SSN, w.Len)
	}
}

// zeroSum is the DSS checksum (RFC 8684 section 3.3.1) of a mapping of zeros: the sum of its pseudo-header.
func zeroSum(dsn uint64, ssn uint32, octets uint16) uint16 {
	return wire.DSSChecksum(dsn, ssn, octets, 0)
}

func (r *runner) inAddAddr(f *flow, o *pkt.TCPOption, seg *wire.Segment) {
	a, m, w := o.AddAddr, r.connOf(f), &seg.AddAddr
	v := r.peers.find(a.Var)
	switch {
	case a.IP != "":
		v = r.peers.bind(a.Var, r.parseAddr(a.IP, o.Pos), a.Port)
	case v == nil && a.Echo:
		r.bad(o.Pos, "the address %s is echoed before anybody has announced it", a.Var)
	case v == nil:
		v = r.peers.bind(a.Var, r.peers.nextPeer(), a.Port)
	}
	switch {
	case a.HasID:
		v.id, v.isID = a.ID, true
	case !v.isID && !a.Echo:
		v.id, v.isID = uint8(max(r.peers.hosts, 1)), true
	}
	*w = wire.AddAddr{Addr: v.addr, ID: v.id, Port: a.Port, Echo: a.Echo, NoHMAC: a.NoHMAC && m.version == 0}
	if a.Echo || w.NoHMAC {
		return
	}
	w.HMAC = wire.AddAddrHMAC(m.remote, m.local, w.ID, w.Addr, w.Port)
	if !a.HMAC.Auto {
		w.HMAC = a.HMAC.Num
	}
}
