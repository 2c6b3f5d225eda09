package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// MP_CAPABLE (RFC 8684 section 3.1): negotiation on the first subflow's three packets and the first data. In
// version 0 (RFC 6824 section 3.1) the opener's key is on its SYN already, the third packet carries no data,
// and nothing repeats it: data with DSS shows as well that options get through.

// capableFlags are the flags that a host sends.
func (cfg *Config) capableFlags(version int, sum bool) uint8 {
	f := wire.CapableHMACSHA
	if sum {
		f |= wire.CapableChecksum
	}
	if cfg.NoJoinHere == tcp.On && version >= 1 {
		f |= wire.CapableNoJoinHere
	}
	return f
}

func (c *Conn) putCapable(seg *wire.Segment, form uint8) {
	seg.Opts |= wire.OptCapable
	seg.Capable = wire.Capable{Form: form, Version: uint8(c.version),
		Flags: c.s.cfg.capableFlags(c.version, c.wantSum || c.sum)}
	switch {
	case form >= wire.CapableKeys:
		c.keysSent = true
		seg.Capable.SenderKey, seg.Capable.ReceiverKey = c.localKey, c.remoteKey
	case form == wire.CapableKey:
		seg.Capable.SenderKey = c.localKey
	}
}

// acceptable judges the peer's flags: one of the algorithms we know, no unknown extension, checksums only if
// we are willing. Linux wants H alone; RFC 8684 lets an initiator offer more.
func (cfg *Config) acceptable(m *wire.Capable, version int, answer bool) bool {
	algorithms := uint8(0x1f) // D to H
	if version == 0 {
		algorithms = 0x3f // C to H
	}
	switch {
	case m.Flags&wire.CapableExtended != 0:
		return false
	case m.Flags&wire.CapableHMACSHA == 0:
		return false
	case answer && m.Flags&algorithms != wire.CapableHMACSHA:
		return false // exactly one algorithm is picked
	case m.Flags&wire.CapableChecksum != 0 && cfg.RefuseChecksum == tcp.On:
		return false
	}
	return true
}

// judgeSYN returns the version to answer a SYN's MP_CAPABLE with; ok is false if it is not to be answered.
func (cfg *Config) judgeSYN(m *wire.Capable) (version int, ok bool) {
	version, ok = cfg.Versions.answer(m)
	return version, ok && m.Form == synForm(version) && cfg.acceptable(m, version, false)
}

// outgoingSYN adds MP_CAPABLE or MP_JOIN to a SYN or SYN/ACK.
func (c *Conn) outgoingSYN(now sim.Time, sf *subflow, seg *wire.Segment) {
	switch {
	case sf.join:
		c.outgoingJoinSYN(sf, seg)
	case seg.Flags&wire.ACK != 0:
		if !c.plain {
			c.putCapable(seg, wire.CapableKey)
			c.fitCookie(sf, seg)
		}
	case c.plain:
	case sf.e.SYNsSent() > c.s.cfg.SYNsCapable: // section 3.9.3: the option may be what gets lost
		c.s.count.CapableSYNTXDrop++
		c.gaveUp = true
		c.fallBack(now, "SYN with MP_CAPABLE not answered")
	default:
		c.offered = true
		c.s.count.CapableSYNTX++
		c.putCapable(seg, synForm(c.version))
		if seg.Opts&wire.OptFastOpen != 0 && !seg.Fits() { // no data goes with a cookie that is too long
			seg.FastOpen = wire.FastOpen{Exp: seg.FastOpen.Exp}
		}
	}
}

// synForm is the form of MP_CAPABLE on a SYN.
func synForm(version int) uint8 {
	if version == 0 {
		return wire.CapableKey
	}
	return wire.CapableSYN
}

// capableSYN looks at the SYN of a connection being accepted.
func (c *Conn) capableSYN(now sim.Time, syn *wire.Segment) {
	m := &syn.Capable
	if syn.Opts&wire.OptCapable == 0 {
		c.fallBack(now, "SYN without MP_CAPABLE")
		return
	}
	c.s.count.CapableSYNRX++
	version, ok := c.s.cfg.judgeSYN(m)
	if !ok {
		c.fallBack(now, "MP_CAPABLE of the SYN not acceptable")
		return
	}
	c.version = version
	if !c.makeAcceptorKey(syn) {
		c.fallBack(now, "no unique verifiable key")
		return
	}
	c.offered = true
	c.agree(m)
	if c.version == 0 {
		c.learnKey(m.SenderKey)
	}
}

// agree notes what the peer's flags settle for the connection.
func (c *Conn) agree(m *wire.Capable) {
	c.sum = c.wantSum || m.Flags&wire.CapableChecksum != 0
	c.remoteNoJoinHere = m.Flags&wire.CapableNoJoinHere != 0 && c.version >= 1
}

// capableSYNACK looks at the answer to our SYN. false drops it: the attempt is given up for another one.
func (c *Conn) capableSYNACK(now sim.Time, sf *subflow, seg *wire.Segment) bool {
	m := &seg.Capable
	switch {
	case seg.Opts&wire.OptCapable == 0:
		if c.retryOlder(now, sf) {
			return false
		}
		c.s.count.CapableFallbackSYNACK++
		c.s.memory.learn(now, &c.s.cfg, c.remote0, noVersion)
		c.fallBack(now, "SYN/ACK without MP_CAPABLE")
	case m.Form != wire.CapableKey || int(m.Version) != c.version || !c.s.cfg.acceptable(m, c.version, true):
		c.s.count.CapableFallbackSYNACK++
		c.fallBack(now, "MP_CAPABLE of the SYN/ACK not acceptable")
	default:
		c.s.count.CapableSYNACKRX++
		c.s.memory.learn(now, &c.s.cfg, c.remote0, c.version)
		c.agree(m)
		c.learnKey(m.SenderKey)
		c.synAcked(now, sf, seg)
		c.pathEvent(createdEvent())
	}
	return true
}

// capableCrossed is the peer's own SYN in answer to ours. The handshake's three packets have no forms for a
// simultaneous open, so that it goes on as TCP, as in Linux.
func (c *Conn) capableCrossed(now sim.Time) {
	if !c.plain {
		c.fallBack(now, "SYNs crossed")
	}
}

// capableACK looks at the segment that completes the handshake at the acceptor: it must have MP_CAPABLE
// with both keys. It returns false if the segment is to be dropped.
func (c *Conn) capableACK(now sim.Time, sf *subflow, seg *wire.Segment) bool {
	m := &seg.Capable
	if seg.Opts&wire.OptCapable == 0 {
		if seg.Opts&wire.OptDSS != 0 {
			if c.version == 0 { // the keys are known and options get through
				c.pathEvent(createdEvent())
				return true
			}
			// A later segment has overtaken the one with the keys. Options get through, so it is dropped and
			// will come again, by then behind the keys.
			return false
		}
		c.s.count.CapableFallbackACK++
		c.fallBack(now, "third packet without MP_CAPABLE")
		return true
	}
	if m.Form < wire.CapableKeys || int(m.Version) != c.version || !c.s.cfg.acceptable(m, c.version, true) {
		c.s.count.CapableFallbackACK++
		c.fallBack(now, "third packet with flags that were not agreed")
		return true
	}
	if m.ReceiverKey != c.localKey ||
		c.version == 0 && m.SenderKey != c.remoteKey {
		c.s.count.CapableFallbackACK++
		c.fallBack(now, "third packet with wrong keys")
		return true
	}
	c.s.count.CapableACKRX++
	c.learnKey(m.SenderKey)
	c.pathEvent(createdEvent())
	if c.version >= 1 { // addresses may be announced now; joins wait for a DSS (mayStart)
		c.pathEvent(establishedEvent())
	}
	c.takeCapableData(now, sf, seg)
	return true
}

// takeCapableData takes MP_CAPABLE with data for the mapping that it is: the first data octet has SSN 1
// and DSN IDSN+1. The keys were settled by the third packet and do not count again (Linux 6.18,
// check_fully_established).
func (c *Conn) takeCapableData(now sim.Time, sf *subflow, seg *wire.Segment) {
	m := &seg.Capable
	if m.Form < wire.CapableData || m.DataLen == 0 || c.client || sf.join {
		return
	}
	if c.sum != (m.Form == wire.CapableDataCsum) {
		c.kill(now, sf, killMPTCP)
		return
	}
	if c.s.cfg.Data.AckAsMapped != tcp.On || seg.Seq == sf.e.IRS()+1+uint32(c.syn.taken) {
		c.ack8 = true // the implied DSN has 64 bits; Linux looks at it when the octets are in order
		c.setReserve(sf)
	}
	c.sawMapping(now, sf)
	from := uint64(c.syn.taken)
	c.addMapping(now, sf, &mapping{ssn: 1 + from, end: 1 + from + uint64(m.DataLen), pos: from,
		dll: m.DataLen, sum: m.Checksum, hasSum: c.sum}, seg)
}

func (c *Conn) learnKey(key uint64) {
	c.remoteKey, c.remoteKnown = key, true
	c.remoteToken = wire.Token(key, c.version)
	c.remoteIDSN = wire.IDSN(key, c.version) - uint64(c.syn.taken)
}

// handshakeDone is the end of the first subflow's handshake. The opener's third packet goes out at once where
// data would not fit on it: in version 0.
func (c *Conn) handshakeDone(now sim.Time, sf *subflow) {
	switch {
	case c.gaveUp:
		// The SYN got through once it had no option. If more than one without it was needed, the option is not to blame
		// (Linux 6.18, mptcp_active_detect_blackhole).
		if sf.e.SYNsSent() == c.s.cfg.SYNsCapable+1 && c.s.cfg.BlackHole > 0 {
			c.s.count.Blackhole++
			c.s.memory.blackHole(now, &c.s.cfg, c.remote0)
		}
	case c.version == 0 && c.client && !c.plain:
		sf.e.Ack(now)
	}
}

// outgoingCapable adds MP_CAPABLE to the opener's segments on the first subflow; it is called until a
// DATA_ACK has proven that the keys arrived. It adds both keys on segments without data, with the
// Data-Level Length on the first data. It returns false if the segment is to carry a DSS.
func (c *Conn) outgoingCapable(sf *subflow, seg *wire.Segment, rec *tcp.Sent) bool {
	if sf.join {
		return false
	}
	if rec == nil {
		if sf.e.SndUna() > 1+uint64(c.syn.sent) || c.sawDSS || c.finAlone {
			return false
		}
		c.putCapable(seg, wire.CapableKeys)
		return true
	}
	if c.version == 0 {
		return false
	}
	m := c.mappingOf(sf, rec)
	if m.ssn != 1 {
		return false
	}
	form := uint8(wire.CapableData)
	if c.sum {
		form = wire.CapableDataCsum
	}
	c.putCapable(seg, form)
	seg.Capable.DataLen = m.dll
	if c.sum {
		seg.Capable.Checksum = c.checksum(m, rec.Stream)
	}
	return true
}
