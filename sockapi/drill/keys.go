package drill

import (
	"mpsim/model/wire"
	"mpsim/sockapi/drill/pkt"
)

// keys are the key variables of the script.
type keys struct {
	names  []string
	values []uint64
}

func (k *keys) find(name string) (uint64, bool) {
	for i := range k.names {
		if k.names[i] == name {
			return k.values[i], true
		}
	}
	return 0, false
}

func (k *keys) bind(name string, v uint64) {
	for i := range k.names {
		if k.names[i] == name {
			k.values[i] = v
			return
		}
	}
	k.names, k.values = append(k.names, name), append(k.values, v)
}

// mconn is one Multipath TCP connection as the script sees it.
type mconn struct {
	version       int
	local, remote uint64 // keys of the host and of the script
	localKnown    bool
	remoteKnown   bool
	hostSum       bool // flag A of the host
	peerSum       bool // flag A of the script
	dsn           uint64
}

func (m *mconn) localIDSN() uint64  { return wire.IDSN(m.local, m.version) }
func (m *mconn) remoteIDSN() uint64 { return wire.IDSN(m.remote, m.version) }
func (m *mconn) sum() bool          { return m.hostSum || m.peerSum }

// connOf returns the flow's connection, making it for a flow that has none.
func (r *runner) connOf(f *flow) *mconn {
	if f.conn == nil {
		f.conn = &mconn{version: 1}
		r.conns = append(r.conns, f.conn)
	}
	return f.conn
}

// autoKey is the key of the script where it gives none.
func (r *runner) autoKey() uint64 { return 0x7061636b00000000 + uint64(len(r.conns)) }

// bindKey takes the value of a key variable of the script, or makes one.
func (r *runner) bindKey(k *pkt.Key) uint64 {
	if k.Bound {
		r.keys.bind(k.Name, k.Value)
		return k.Value
	}
	if v, ok := r.keys.find(k.Name); ok {
		return v
	}
	v := r.autoKey()
	r.keys.bind(k.Name, v)
	return v
}

// key returns the value of a key variable that must be known.
func (r *runner) key(name string, at pkt.Pos) uint64 {
	v, ok := r.keys.find(name)
	if !ok {
		r.bad(at, "the key %s is not known yet: it is bound where MP_CAPABLE has it", name)
	}
	return v
}

// joined finds the connection that a token belongs to and gives it to the flow.
func (r *runner) joined(f *flow, token uint32, ofHost bool) {
	f.join = true
	for i := len(r.conns) - 1; i >= 0; i-- {
		m := r.conns[i]
		key, known := m.remote, m.remoteKnown
		if ofHost {
			key, known = m.local, m.localKnown
		}
		if known && wire.Token(key, m.version) == token {
			f.conn = m
			return
		}
	}
	if f.conn == nil && len(r.conns) > 0 {
		f.conn = r.conns[len(r.conns)-1]
	}
}

// tokenOf works out a token of a line.
func (r *runner) tokenOf(h *pkt.Hash, at pkt.Pos, auto uint64) uint32 {
	switch {
	case h.Auto:
		return wire.Token(auto, 1)
	case h.Func == "sha1_32":
		return wire.Token(r.hashKey(h, at), 0)
	case h.Func != "":
		return wire.Token(r.hashKey(h, at), 1)
	}
	return uint32(h.Num)
}

func (r *runner) hashKey(h *pkt.Hash, at pkt.Pos) uint64 {
	if len(h.Args) == 0 {
		return h.Num
	}
	return r.key(h.Args[0], at)
}

// hmacOf works out the HMAC of MP_JOIN in a line: auto is what is right.
func (r *runner) hmacOf(h *pkt.Hash, at pkt.Pos, auto [20]byte, nonceA, nonceB uint32, version int) [20]byte {
	switch {
	case h.Auto:
		return auto
	case len(h.Args) == 2:
		return wire.JoinHMAC(r.key(h.Args[0], at), r.key(h.Args[1], at), nonceA, nonceB, version)
	}
	var v [20]byte
	for i := range 8 {
		v[i] = byte(h.Num >> (56 - 8*i))
	}
	return v
}

// position turns a number relative to an IDSN into that of the wire.
func (r *runner) position(n *pkt.Number, idsn uint64, at pkt.Pos) uint64 {
	switch {
	case n.Func == "trunc_r64_hmac_sha1":
		return wire.IDSN(r.key(n.Arg, at), 0) + n.Num
	case n.Func == "key":
		return r.key(n.Arg, at) + n.Num
	case n.Func != "":
		return wire.IDSN(r.key(n.Arg, at), 1) + n.Num
	}
	return idsn + n.Num
}
