package mptcp

import (
	"crypto/sha256"
	"encoding/binary"

	"mpsim/model/tcp"
	"mpsim/model/wire"
)

// The stateless listener (RFC 8684 section 3.1): nothing is kept of a SYN until the third packet comes. The
// key of the SYN/ACK is a hash of the four-tuple, the peer's initial sequence number and a secret, so that it
// can be recognised when the third packet echoes it. Its token must be free; of a few keys that could be
// meant the first free one is taken, and if there is none the SYN/ACK has no MP_CAPABLE. TCP's part is
// package tcp's SYN cookies. A join needs no such thing: its token is the defence (section 3.2).

// verifiableKeys is how many keys a SYN can be answered with.
const verifiableKeys = 4

// verifiableKey is the n-th key for a connection that the peer opens by a SYN with the given addresses, ports
// and sequence number.
func (s *Stack) verifiableKey(seg *wire.Segment, irs uint32, n int) uint64 {
	if !s.hasSecret {
		random := s.w.Stream("mptcp/" + s.name + "/secret of verifiable keys")
		s.secret, s.hasSecret = [2]uint64{random.Uint64(), random.Uint64()}, true
	}
	var room [80]byte
	m := binary.BigEndian.AppendUint64(room[:0], s.secret[0])
	m = binary.BigEndian.AppendUint64(m, s.secret[1])
	for _, v := range [...]uint64{seg.Src.Hi, seg.Src.Lo, seg.Dst.Hi, seg.Dst.Lo} {
		m = binary.BigEndian.AppendUint64(m, v)
	}
	m = binary.BigEndian.AppendUint16(m, seg.SrcPort)
	m = binary.BigEndian.AppendUint16(m, seg.DstPort)
	m = binary.BigEndian.AppendUint32(m, irs)
	m = append(m, byte(n))
	sum := sha256.Sum256(m)
	return binary.BigEndian.Uint64(sum[:])
}

// Stateless implements tcp.Stateless.
func (l *listener) Stateless() bool { return l.s.cfg.Stateless == tcp.On }

// AnswerSYN implements tcp.Stateless: MP_CAPABLE with a verifiable key, if the SYN asks for it.
func (l *listener) AnswerSYN(syn, synack *wire.Segment) {
	s := l.s
	if syn.Opts&wire.OptCapable == 0 {
		return
	}
	s.count.CapableSYNRX++
	version, ok := s.cfg.judgeSYN(&syn.Capable)
	if !ok {
		return
	}
	for n := range verifiableKeys {
		key := s.verifiableKey(syn, syn.Seq, n)
		if s.tokens.find(wire.Token(key, version)) != nil {
			continue
		}
		sum := s.cfg.Checksum == tcp.On || syn.Capable.Flags&wire.CapableChecksum != 0
		flags := s.cfg.capableFlags(version, sum)
		synack.Opts |= wire.OptCapable
		synack.Capable = wire.Capable{Form: wire.CapableKey, Version: uint8(version), Flags: flags, SenderKey: key}
		return
	}
}

// RestoreSYN implements tcp.Stateless. The third packet has what the SYN had, and its flags say what was
// agreed. The echoed key is passed on in a field that this form of the option does not have. A segment with a
// DSS and without keys has overtaken those with keys and will come again, by then behind them; but version 0
// does not send its keys again, so that a host which speaks that, too, goes on as TCP.
func (l *listener) RestoreSYN(syn, ack *wire.Segment) bool {
	m := &ack.Capable
	if ack.Opts&wire.OptCapable == 0 {
		return ack.Opts&wire.OptDSS == 0 || l.s.cfg.Versions.Has(0)
	}
	if m.Form < wire.CapableKeys {
		return true
	}
	syn.Opts |= wire.OptCapable
	syn.Capable = wire.Capable{Form: synForm(int(m.Version)), Version: m.Version, Flags: m.Flags,
		SenderKey: m.SenderKey, ReceiverKey: m.ReceiverKey}
	return true
}

// takeVerifiableKey gives the connection the key that the third packet echoes, if it is one of those that its
// SYN can have been answered with and its token is still free.
func (c *Conn) takeVerifiableKey(syn *wire.Segment) bool {
	s := c.s
	for n := range verifiableKeys {
		key := s.verifiableKey(syn, syn.Seq, n)
		if key != syn.Capable.ReceiverKey {
			continue
		}
		if s.tokens.find(wire.Token(key, c.version)) != nil {
			return false
		}
		c.useKey(key)
		return true
	}
	return false
}
