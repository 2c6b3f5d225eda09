package drill

import (
	"fmt"

	"mpsim/model/wire"
	"mpsim/sockapi/drill/pkt"
)

// mptcp compares an MPTCP option of the host with a line, after having learnt what it binds.
func (c *comparison) mptcp(o *pkt.TCPOption) {
	seg := c.seg
	switch o.Kind {
	case pkt.OptCapable:
		c.capable(o)
	case pkt.OptJoin:
		c.join(o)
	case pkt.OptDSS:
		c.dss(o)
	case pkt.OptAddAddr:
		c.addAddr(o)
	case pkt.OptRemoveAddr:
		got := seg.RemoveAddr.IDs[:seg.RemoveAddr.N]
		same := len(got) == len(o.IDs)
		for i := 0; same && i < len(got); i++ {
			same = got[i] == o.IDs[i]
		}
		if !same {
			c.bad("REMOVE_ADDR has the IDs %d instead of %d", got, o.IDs)
		}
	case pkt.OptPrio:
		if seg.Prio.Backup != o.Backup {
			c.bad("the backup bit is %t instead of %t", seg.Prio.Backup, o.Backup)
		}
		if seg.Prio.HasID != o.HasID || o.HasID && seg.Prio.AddrID != o.ID {
			c.bad("the address ID of MP_PRIO is another")
		}
	case pkt.OptFail:
		if o.Value != nil && !o.Value.Auto {
			idsn := c.r.connOf(c.f).remoteIDSN()
			c.number("the data sequence number of MP_FAIL", seg.FailDSN-idsn, c.r.position(o.Value, idsn, o.Pos)-idsn)
		}
	case pkt.OptFastClose:
		want := c.r.connOf(c.f).remote
		if o.Value != nil {
			want = c.r.position(o.Value, 0, o.Pos)
		}
		if seg.FastCloseKey != want {
			c.bad("the key of MP_FASTCLOSE is %#x instead of %#x", seg.FastCloseKey, want)
		}
	case pkt.OptReset:
		c.number("the reason of MP_TCPRST", uint64(seg.Reset.Reason), uint64(o.Num))
		if seg.Reset.Transient != o.Transient {
			c.bad("the transient bit of MP_TCPRST is %t instead of %t", seg.Reset.Transient, o.Transient)
		}
	default:
	}
}

// learnMPTCP takes keys and nonces from options that a line leaves open.
func (c *comparison) learnMPTCP() {
	if c.seg.Has(wire.OptCapable) {
		c.learnCapable()
	}
	if c.seg.Has(wire.OptJoin) {
		c.learnJoin()
	}
}

func (c *comparison) learnCapable() {
	m, got := c.r.connOf(c.f), &c.seg.Capable
	m.hostSum = got.Flags&wire.CapableChecksum != 0
	if got.Version <= 1 {
		m.version = int(got.Version)
	}
	if got.Form >= wire.CapableKey && !m.localKnown {
		m.local, m.localKnown = got.SenderKey, true
	}
}

func (c *comparison) capable(o *pkt.TCPOption) {
	c.learnCapable()
	want, got := o.Capable, &c.seg.Capable
	c.number("the version", uint64(got.Version), uint64(want.Version))
	if got.Flags != want.Flags {
		c.bad("the flags of MP_CAPABLE are %#02x instead of %#02x", got.Flags, want.Flags)
	}
	form := uint8(wire.CapableSYN)
	switch len(want.Keys) {
	case 1:
		form = wire.CapableKey
	case 2:
		form = wire.CapableKeys
	}
	if want.DataLen >= 0 {
		form = wire.CapableData
		if got.Form == wire.CapableDataCsum && !want.NoSum {
			form = wire.CapableDataCsum
		}
	}
	if got.Form != form {
		c.bad("MP_CAPABLE has %d octets instead of %d", got.Form, form)
		return
	}
	for i := range want.Keys {
		v := got.SenderKey
		if i == 1 {
			v = got.ReceiverKey
		}
		c.bindKey(&want.Keys[i], v)
	}
	if want.DataLen >= 0 {
		c.number("the data-level length", uint64(got.DataLen), uint64(want.DataLen))
	}
	m := c.r.connOf(c.f)
	if form == wire.CapableDataCsum {
		right := zeroSum(m.localIDSN()+1, 1, got.DataLen)
		if want.Checksum != nil {
			right = uint16(*want.Checksum)
		}
		c.number("the checksum", uint64(got.Checksum), uint64(right))
	}
}

// bindKey compares a key of the host with a variable, which it binds if it is free.
func (c *comparison) bindKey(k *pkt.Key, got uint64) {
	want, known := c.r.keys.find(k.Name)
	switch {
	case k.Bound:
		want, known = k.Value, true
	case !known:
		c.r.keys.bind(k.Name, got)
		return
	}
	if want != got {
		if k.Name != "" && got == c.r.connOf(c.f).local { // the key of a new connection under the same name
			c.r.keys.bind(k.Name, got)
			return
		}
		c.bad("the key %s is %#x instead of %#x", k.Name, got, want)
	}
}

func (c *comparison) learnJoin() {
	f, got := c.f, &c.seg.Join
	if got.Form == wire.JoinSYN {
		c.r.joined(f, got.Token, false)
	}
	if got.Form != wire.JoinACK {
		f.nonce, f.localID = got.Nonce, got.AddrID
	}
}

func (c *comparison) join(o *pkt.TCPOption) {
	c.learnJoin()
	f, want, got := c.f, o.Join, &c.seg.Join
	m := c.r.connOf(f)
	form := [...]uint8{wire.JoinSYN, wire.JoinSYNACK, wire.JoinACK}[want.Form]
	if got.Form != form {
		c.bad("MP_JOIN has %d octets instead of %d", got.Form, form)
		return
	}
	if want.Form < 2 {
		if got.Backup != want.Backup {
			c.bad("the backup bit is %t instead of %t", got.Backup, want.Backup)
		}
		if want.HasID && want.Form == 0 { // the original takes any on a SYN/ACK
			c.number("the address ID", uint64(got.AddrID), uint64(want.ID))
		}
	}
	if want.Form == 0 {
		if token := c.r.tokenOf(&want.Token, o.Pos, m.remote); token != got.Token {
			c.bad("the token is %#x instead of %#x", got.Token, token)
		}
		return
	}
	right := wire.JoinHMAC(m.local, m.remote, f.nonce, f.peerNonce, m.version)
	h := c.r.hmacOf(&want.HMAC, o.Pos, right, f.nonce, f.peerNonce, m.version)
	n := len(h)
	if want.Form == 1 {
		n = 8
	}
	if string(h[:n]) != string(got.HMAC[:n]) {
		c.bad("the HMAC is %x instead of %x", got.HMAC[:n], h[:n])
	}
}

func (c *comparison) dss(o *pkt.TCPOption) {
	m, want, got := c.r.connOf(c.f), o.DSS, &c.seg.DSS
	if has := got.Flags&wire.DSSAck != 0; has != (want.Ack != nil) {
		c.bad("DATA_ACK: there %t, expected %t", has, want.Ack != nil)
	} else if has {
		if w := got.Flags&wire.DSSAck8 != 0; w != want.Ack8 {
			c.bad("the DATA_ACK has 8 octets: %t, expected %t", w, want.Ack8)
		}
		if !want.Ack.Auto {
			idsn := m.remoteIDSN()
			c.position("DATA_ACK", got.DataAck, c.r.position(want.Ack, idsn, o.Pos), idsn, want.Ack8)
		}
	}
	if fin := got.Flags&wire.DSSFin != 0; fin != want.Fin {
		c.bad("DATA_FIN: there %t, expected %t", fin, want.Fin)
	}
	if has := got.Flags&wire.DSSMap != 0; has != (want.DSN != nil) {
		c.bad("mapping: there %t, expected %t", has, want.DSN != nil)
		return
	} else if !has {
		return
	}
	if w := got.Flags&wire.DSSMap8 != 0; w != want.DSN8 {
		c.bad("the DSN has 8 octets: %t, expected %t", w, want.DSN8)
	}
	idsn := m.localIDSN()
	if !want.DSN.Auto {
		c.position("DSN", got.DSN, c.r.position(want.DSN, idsn, o.Pos), idsn, want.DSN8)
	}
	if want.HasSSN {
		c.number("ssn", uint64(got.SSN), uint64(want.SSN))
	}
	if want.HasLen {
		c.number("dll", uint64(got.Len), uint64(want.Len))
	}
	c.dssSum(want, got, m)
}

// position compares positions relative to an IDSN, of 8 or 4 octets.
func (c *comparison) position(what string, got, want, idsn uint64, wide bool) {
	got, want = got-idsn, want-idsn
	if !wide {
		got, want = uint64(uint32(got)), uint64(uint32(want))
	}
	c.number(what, got, want)
}

func (c *comparison) dssSum(want *pkt.DSS, got *wire.DSS, m *mconn) {
	has := got.Flags&wire.DSSSum != 0
	expected := want.Sum == pkt.SumNum || want.Sum == pkt.SumAuto && m.sum()
	if has != expected {
		c.bad("checksum: there %t, expected %t", has, expected)
		return
	}
	if !has {
		return
	}
	dsn := got.DSN
	if got.Flags&wire.DSSMap8 == 0 {
		dsn = m.localIDSN()&^(1<<32-1) | dsn&(1<<32-1)
	}
	right := zeroSum(dsn, got.SSN, got.Len)
	if want.Sum == pkt.SumNum {
		right = want.SumText
	}
	c.number("the checksum", uint64(got.Checksum), uint64(right))
}

func (c *comparison) addAddr(o *pkt.TCPOption) {
	m, want, got := c.r.connOf(c.f), o.AddAddr, &c.seg.AddAddr
	v := c.r.peers.find(want.Var)
	if want.IP != "" {
		v = c.r.peers.bind(want.Var, c.r.parseAddr(want.IP, o.Pos), 0)
	}
	if v == nil {
		v = c.r.peers.bind(want.Var, got.Addr, got.Port)
	}
	v.id, v.isID = got.ID, true
	if v.addr != got.Addr {
		c.bad("the address is %v instead of %v", got.Addr, v.addr)
	}
	if want.HasID {
		c.number("the address ID", uint64(got.ID), uint64(want.ID))
	}
	if want.HasPort || got.Port != 0 {
		c.number("the port", uint64(got.Port), uint64(want.Port))
	}
	if got.Echo != want.Echo {
		c.bad("the echo bit is %t instead of %t", got.Echo, want.Echo)
	}
	if got.Echo || got.NoHMAC {
		return
	}
	right := wire.AddAddrHMAC(m.local, m.remote, got.ID, got.Addr, got.Port)
	if !want.HMAC.Auto && !want.NoHMAC {
		right = want.HMAC.Num
	}
	if got.HMAC != right {
		c.bad("the HMAC is %#x instead of %#x", got.HMAC, right)
	}
}

// renderMPTCP writes the MPTCP options of a segment of the host as scripts do.
func (r *runner) renderMPTCP(f *flow, seg *wire.Segment) (list []string) {
	add := func(format string, args ...any) { list = append(list, fmt.Errorf(format, args...).Error()) }
	m := f.conn
	if m == nil {
		m = &mconn{version: 1}
	}
	if seg.Has(wire.OptCapable) {
		add("%v", &seg.Capable)
	}
	if seg.Has(wire.OptJoin) {
		add("%v", &seg.Join)
	}
	if seg.Has(wire.OptDSS) {
		add("%s", renderDSS(&seg.DSS, m))
	}
	if seg.Has(wire.OptAddAddr) {
		add("%v", &seg.AddAddr)
	}
	if seg.Has(wire.OptRemoveAddr) {
		add("remove_address address_id=%d", seg.RemoveAddr.IDs[:seg.RemoveAddr.N])
	}
	if seg.Has(wire.OptPrio) {
		add("%v", &seg.Prio)
	}
	if seg.Has(wire.OptFail) {
		add("mp_fail dsn8=%d", seg.FailDSN-m.remoteIDSN())
	}
	if seg.Has(wire.OptFastClose) {
		add("mp_fastclose %#x", seg.FastCloseKey)
	}
	if seg.Has(wire.OptReset) {
		add("mp_reset %d%s", seg.Reset.Reason, map[bool]string{true: " flags[flag_t]"}[seg.Reset.Transient])
	}
	return list
}

func renderDSS(d *wire.DSS, m *mconn) string {
	text := "dss"
	relative := func(name string, v, idsn uint64, wide bool) {
		v -= idsn
		if !wide {
			v = uint64(uint32(v))
		}
		text += fmt.Errorf(" %s=%d", name, v).Error()
	}
	switch d.Flags & (wire.DSSAck | wire.DSSAck8) {
	case wire.DSSAck:
		relative("dack4", d.DataAck, m.remoteIDSN(), false)
	case wire.DSSAck | wire.DSSAck8:
		relative("dack8", d.DataAck, m.remoteIDSN(), true)
	}
	if d.Flags&wire.DSSMap != 0 {
		if d.Flags&wire.DSSMap8 != 0 {
			relative("dsn8", d.DSN, m.localIDSN(), true)
		} else {
			relative("dsn4", d.DSN, m.localIDSN(), false)
		}
		text += fmt.Errorf(" ssn=%d dll=%d", d.SSN, d.Len).Error()
	}
	if d.Flags&wire.DSSSum != 0 {
		text += fmt.Errorf(" cksum=%d", d.Checksum).Error()
	} else {
		text += " nocs"
	}
	if d.Flags&wire.DSSFin != 0 {
		text += " fin"
	}
	return text
}
