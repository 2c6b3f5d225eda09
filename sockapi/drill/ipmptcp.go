package drill

import (
	"strconv"
	"strings"

	"mpsim/model/mptcp"
	"mpsim/model/mptcp/pm"
	"mpsim/sockapi/drill/pkt"
)

// ipMPTCP is "ip mptcp endpoint ..." and "ip mptcp limits set ..." (ip-mptcp(8)).
func (r *runner) ipMPTCP(at pkt.Pos, words []string) {
	switch {
	case words[0] == "endpoint" && len(words) > 1 && words[1] == "flush":
		for i := len(r.sys.endpoints) - 1; i >= 0; i-- {
			r.endpointGone(i)
		}
		r.sys.endpoints = nil
	case words[0] == "endpoint" && len(words) > 2 && words[1] == "add":
		r.addEndpoint(at, words[2:])
	case words[0] == "endpoint" && len(words) > 2 && (words[1] == "delete" || words[1] == "del"):
		r.deleteEndpoint(at, words[2:])
	case words[0] == "endpoint" && len(words) > 2 && words[1] == "change":
		r.changeEndpoint(at, words[2:])
	case words[0] == "limits" && len(words) > 1 && words[1] == "set":
		r.setLimits(at, words[2:])
	default:
		r.bad(at, "ip mptcp %s: endpoint add, delete, change or flush, or limits set", strings.Join(words, " "))
	}
}

func (r *runner) setLimits(at pkt.Pos, words []string) {
	for i := 0; i+1 < len(words); i += 2 {
		v, err := strconv.Atoi(words[i+1])
		if err != nil || v < 0 || v > 8 {
			r.bad(at, "ip mptcp limits: %s %s: must be 0..8", words[i], words[i+1])
		}
		switch words[i] {
		case "add_addr_accepted":
			r.sys.limitAccept = v
		case "subflows":
			r.sys.limitSubflows = v
		default:
			r.bad(at, "ip mptcp limits: %s is none of add_addr_accepted and subflows", words[i])
		}
	}
	r.stacksUnstarted(at, "limits")
}

// stacksUnstarted refuses what has to be set before the first socket.
func (r *runner) stacksUnstarted(at pkt.Pos, what string) {
	if r.tcp != nil {
		r.bad(at, "%s have to be set before the first call or packet", what)
	}
}

// parseEndpoint reads ADDRESS [dev NAME] [id N] [port N] FLAGS.
func (r *runner) parseEndpoint(at pkt.Pos, words []string) (e endpointSetting) {
	e.addr = r.parseAddr(words[0], at)
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "signal":
			e.signal = true
		case "subflow":
			e.subflow = true
		case "backup":
			e.backup = true
		case "fullmesh":
			e.fullmesh = true
		case "laminar":
			e.laminar = true
		case "nobackup", "nofullmesh":
		case "dev":
			i++
		case "id":
			if i++; i == len(words) {
				r.bad(at, "ip mptcp endpoint: id needs a number")
			}
			v, err := strconv.ParseUint(words[i], 10, 7)
			if err != nil {
				r.bad(at, "ip mptcp endpoint: id %s is no number 1..127", words[i])
			}
			e.id = uint8(v)
		case "port":
			if i++; i == len(words) {
				r.bad(at, "ip mptcp endpoint: port needs a number")
			}
			v, err := strconv.ParseUint(words[i], 10, 16)
			if err != nil {
				r.bad(at, "ip mptcp endpoint: port %s is no number 0..65535", words[i])
			}
			e.port = uint16(v)
		default:
			r.bad(at, "ip mptcp endpoint: %s is no flag that this runner knows", words[i])
		}
	}
	return e
}

func (r *runner) addEndpoint(at pkt.Pos, words []string) {
	e := r.parseEndpoint(at, words)
	if r.host.InterfaceOf(e.addr) < 0 {
		r.host.addrs = append(r.host.addrs, iface{addr: e.addr, up: true, backup: e.backup})
	}
	if e.id == 0 {
		e.id = r.sys.freeID()
	}
	r.sys.endpoints = append(r.sys.endpoints, e)
	if r.mptcp == nil {
		return
	}
	if err := r.mptcp.SetEndpoints(r.sys.paths().Endpoints); err != nil {
		r.bad(at, "%v", err)
	}
	r.eachManaged(func(p pm.Conn) { // connections that live
		for _, l := range p.Locals() {
			if l.Addr != e.addr {
				continue
			}
			if l.Port = e.port; e.signal {
				p.Announce(l)
			}
			for _, remote := range p.Remotes() {
				if e.subflow && remote.ID == 0 {
					p.OpenSubflow(l, remote, e.backup)
				}
			}
		}
	})
}

// freeID is the lowest number that no endpoint has, as the kernel picks it.
func (s *sysctls) freeID() uint8 {
	id := uint8(1)
	for s.byID(id) >= 0 {
		id++
	}
	return id
}

// byID returns the place of the endpoint with a number, or -1.
func (s *sysctls) byID(id uint8) int {
	for i := range s.endpoints {
		if s.endpoints[i].id == id {
			return i
		}
	}
	return -1
}

// eachManaged lets f act on each living connection as a path manager.
func (r *runner) eachManaged(f func(p pm.Conn)) {
	r.mptcp.EachConn(func(c *mptcp.Conn) bool {
		if c.State() == mptcp.Established {
			c.ManagePaths(r.w.Now(), f)
		}
		return true
	})
}

// endpointGone takes an endpoint's address from living connections.
func (r *runner) endpointGone(i int) {
	addr := r.sys.endpoints[i].addr
	if j := r.host.InterfaceOf(addr); j >= 0 && r.mptcp != nil {
		r.host.setUp(r.w.Now(), j, false)
	}
}

func (r *runner) deleteEndpoint(at pkt.Pos, words []string) {
	for i := 0; i < len(words); i++ {
		if words[i] == "id" {
			i++
			if i < len(words) {
				r.deleteID(at, words[i])
				return
			}
		}
	}
	addr := r.parseAddr(words[0], at)
	for i := range r.sys.endpoints {
		if r.sys.endpoints[i].addr == addr {
			r.endpointGone(i)
			r.sys.endpoints = append(r.sys.endpoints[:i], r.sys.endpoints[i+1:]...)
			return
		}
	}
	r.bad(at, "ip mptcp endpoint delete: there is no endpoint %s", words[0])
}

// deleteID deletes an endpoint by its number.
func (r *runner) deleteID(at pkt.Pos, text string) {
	id, err := strconv.ParseUint(text, 10, 7)
	i := r.sys.byID(uint8(id))
	if err != nil || i < 0 {
		r.bad(at, "ip mptcp endpoint delete: there is no endpoint with ID %s", text)
	}
	r.endpointGone(i)
	r.sys.endpoints = append(r.sys.endpoints[:i], r.sys.endpoints[i+1:]...)
}

// changeEndpoint turns backup on or off: MP_PRIO goes out on the subflows of the address.
func (r *runner) changeEndpoint(at pkt.Pos, words []string) {
	backup := false
	id := -1
	for i, w := range words {
		switch w {
		case "backup":
			backup = true
		case "id":
			if i+1 < len(words) {
				id, _ = strconv.Atoi(words[i+1])
			}
		}
	}
	addr := r.c.local
	switch {
	case id > 0 && id < 128 && r.sys.byID(uint8(id)) >= 0:
		addr = r.sys.endpoints[r.sys.byID(uint8(id))].addr
	case id < 0:
		addr = r.parseAddr(words[0], at)
	}
	if r.mptcp == nil {
		r.bad(at, "ip mptcp endpoint change: there is no connection yet")
	}
	r.eachManaged(func(p pm.Conn) {
		for _, s := range p.Subflows() {
			if s.Local == addr {
				p.SetBackup(s.ID, backup)
			}
		}
	})
}
