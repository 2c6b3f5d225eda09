package tcp

import (
	"encoding/binary"

	"mpsim/model/wire"
)

// TCP Fast Open (RFC 7413): data on the SYN, proven by a cookie that an earlier connection fetched. This
// file has what both ends share; fastopenclient.go and fastopenserver.go have the rest.

// FastOpenFlags says which parts of Fast Open a host uses; the values are those of Linux's sysctl
// net.ipv4.tcp_fastopen.
type FastOpenFlags uint32

// Flags of Config.FastOpen.
const (
	FastOpenClient         FastOpenFlags = 0x1   // connections may ask for cookies and use them
	FastOpenServer         FastOpenFlags = 0x2   // listeners with a queue for it may accept data on SYNs
	FastOpenClientNoCookie FastOpenFlags = 0x4   // data goes on the SYN without cookie
	FastOpenServerNoCookie FastOpenFlags = 0x200 // such data is accepted
	FastOpenAllListeners   FastOpenFlags = 0x400 // every listener has a queue as long as its backlog
	FastOpenOff            FastOpenFlags = 1 << 31
)

// FastOpenKey is a server's secret of 128 bits, four numbers as Linux's sysctl writes them.
type FastOpenKey [4]uint32

// FastOpenKeyFrom returns the key of 16 octets as setsockopt(TCP_FASTOPEN_KEY) takes them.
func FastOpenKeyFrom(b [16]byte) (k FastOpenKey) {
	for i := range k {
		k[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return k
}

// ShortestCookie is how short an owner may cut a cookie in Outgoing, to make room on a SYN/ACK for its own
// options (RFC 7413 section 4.1.1: at least 4 octets, an even number).
const ShortestCookie = 4

// cookieOctets is the length of the cookies that we make (Linux, TCP_FASTOPEN_COOKIE_SIZE).
const cookieOctets = 8

// Cookie returns the cookie for a client: a keyed hash of both addresses (RFC 7413 section 4.1.2 leaves
// the function open; Linux takes SipHash since 5.3).
func (k *FastOpenKey) Cookie(client, server wire.Addr) wire.FastOpen {
	var room [32]byte
	m := appendAddr(appendAddr(room[:0], client), server)
	h := sipHash(uint64(k[0])|uint64(k[1])<<32, uint64(k[2])|uint64(k[3])<<32, m)
	var c [cookieOctets]byte
	binary.LittleEndian.PutUint64(c[:], h)
	return wire.NewFastOpen(c[:])
}

// appendAddr appends an address's 4 or 16 octets.
func appendAddr(b []byte, a wire.Addr) []byte {
	if a.Is4() {
		return binary.BigEndian.AppendUint32(b, uint32(a.Lo))
	}
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, a.Hi), a.Lo)
}

// fastOpen is an endpoint's part in Fast Open.
type fastOpen struct {
	option    wire.FastOpen // on the first SYN: cookie or request; on the SYN/ACK: the cookie granted
	hasOption bool
	waits     bool   // client: a writer waits for the end of the handshake
	wanted    bool   // client: the application asked for it
	synData   bool   // client: the first SYN carried data; server: data of the SYN was taken
	acked     bool   // client: all of it was acknowledged by the SYN/ACK
	open      bool   // server: data flows before the handshake has ended
	listener  uint32 // server: which one's queue counts the endpoint
}

// FastOpened tells whether data on the SYN got through: taken by us, or acknowledged by the peer's
// SYN/ACK as a whole (Linux, TCPI_OPT_SYN_DATA).
func (e *Endpoint) FastOpened() bool {
	return e.fo.acked || e.fo.open && e.fo.synData
}
