package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// What a host remembers of peers from one connection to the next: the version that each one speaks (RFC 8684
// section 3.1, which allows it), and that SYNs with MP_CAPABLE get lost (section 3.9.3). For the latter Linux
// keeps one state for the whole host: MPTCP is off for a time that doubles with each failure in a row
// (mptcp-sysctl.rst, blackhole_timeout); the RFC speaks of destinations.

// noVersion stands for TCP.
const noVersion = -1

// blackHoleDoublings bounds the growth of the time that MPTCP stays off (Linux, mptcp_active_should_disable).
const blackHoleDoublings = 6

type peerMemory struct {
	peers map[wire.Addr]peerEntry
	all   blackHoleEntry // of the whole host
}

type peerEntry struct {
	version int // spoken by the peer, noVersion: none
	until   sim.Time
	hole    blackHoleEntry
}

// blackHoleEntry says since when and how often in a row SYNs with the option have got lost.
type blackHoleEntry struct {
	at    sim.Time
	times int
}

func (m *peerMemory) init() { m.peers = map[wire.Addr]peerEntry{} }

// hole returns where the failures towards a peer are kept.
func (m *peerMemory) hole(cfg *Config, peer wire.Addr) blackHoleEntry {
	if cfg.BlackHolePerPeer == tcp.On {
		return m.peers[peer].hole
	}
	return m.all
}

func (m *peerMemory) setHole(cfg *Config, peer wire.Addr, h blackHoleEntry) {
	if cfg.BlackHolePerPeer != tcp.On {
		m.all = h
		return
	}
	p := m.peers[peer]
	p.hole = h
	m.peers[peer] = p
}

// offer returns the version that a connection to the peer offers, or why it is to be plain TCP from the
// start: then version is noVersion after losses, and 0 if the peer is known to speak TCP only.
func (m *peerMemory) offer(now sim.Time, cfg *Config, peer wire.Addr) (version int, why string) {
	if h := m.hole(cfg, peer); h.times > 0 && cfg.BlackHole > 0 {
		off := cfg.BlackHole << min(h.times-1, blackHoleDoublings)
		if now < h.at.Add(unit.Duration(off)) {
			return noVersion, "SYNs with MP_CAPABLE got lost lately"
		}
	}
	if p, ok := m.peers[peer]; ok && cfg.VersionMemory > 0 && now < p.until {
		switch {
		case p.version == noVersion:
			return 0, "the peer is known to speak TCP only"
		case cfg.Versions.Has(p.version):
			return p.version, ""
		}
	}
	return cfg.offered().highest(), ""
}

// learn notes how the peer has answered a SYN with MP_CAPABLE.
func (m *peerMemory) learn(now sim.Time, cfg *Config, peer wire.Addr, version int) {
	if version != noVersion && m.hole(cfg, peer).times > 0 {
		m.setHole(cfg, peer, blackHoleEntry{})
	}
	if cfg.VersionMemory > 0 {
		p := m.peers[peer]
		p.version, p.until = version, now.Add(cfg.VersionMemory)
		m.peers[peer] = p
	}
}

// blackHole notes that only a SYN without the option was answered.
func (m *peerMemory) blackHole(now sim.Time, cfg *Config, peer wire.Addr) {
	if cfg.BlackHole > 0 {
		m.setHole(cfg, peer, blackHoleEntry{at: now, times: m.hole(cfg, peer).times + 1})
	}
}
