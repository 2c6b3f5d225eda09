package drill

import (
	"reflect"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"mpsim/model/tcp"
	"mpsim/sockapi"
	"mpsim/sockapi/drill/pkt"
)

// code runs the %{ }% blocks. Their variables live as long as the script; tcpi_* are those of the connection
// that the script made last.
type code struct {
	globals starlark.StringDict
	closed  *sockapi.Socket // the last one closed
}

// note remembers a socket that is being closed: its last tcp_info can still be asked for.
func (c *code) note(s *sockapi.Socket) {
	if s.Conn() != nil {
		c.closed = s
	}
}

// codeSteps bounds the work of one block.
const codeSteps = 1_000_000

func (r *runner) runCode(c *pkt.Code) {
	if r.code.globals == nil {
		r.code.globals = starlark.StringDict{}
		r.code.constants()
	}
	r.tcpInfo()
	text := translate(dedent(c.Text))
	opts := &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true}
	f, err := opts.Parse(r.script.File, text, 0)
	if err != nil {
		r.bad(c.Pos, "the code block is not understood: %v", err)
	}
	thread := &starlark.Thread{Name: "code"}
	thread.Print = func(_ *starlark.Thread, msg string) { r.trace("print " + msg) }
	thread.SetMaxExecutionSteps(codeSteps)
	var failed string
	r.code.globals["assert_"] = starlark.NewBuiltin("assert", func(_ *starlark.Thread, _ *starlark.Builtin,
		args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		if len(args) < 2 || bool(args[0].Truth()) {
			return starlark.None, nil
		}
		text, _ := starlark.AsString(args[1]) // both were put there by translate
		failed = "not so: " + text
		if len(args) > 2 {
			failed += ", but " + args[2].String()
		}
		return nil, errAssert
	})
	if err := starlark.ExecREPLChunk(f, thread, r.code.globals); err != nil {
		if failed != "" {
			r.fail("the assertion does not hold", "", failed)
		}
		r.fail("the code block fails: "+err.Error(), "", "")
	}
	r.trace("code " + r.event.Text)
}

type assertError struct{}

func (assertError) Error() string { return "assertion" }

var errAssert = assertError{}

// constants are those of the kernel's headers that assertions use.
func (c *code) constants() {
	for _, x := range [...]struct {
		name string
		v    int
	}{{"TCP_ESTABLISHED", 1}, {"TCP_SYN_SENT", 2}, {"TCP_SYN_RECV", 3}, {"TCP_FIN_WAIT1", 4},
		{"TCP_FIN_WAIT2", 5}, {"TCP_TIME_WAIT", 6},
		{"TCP_CLOSE", 7}, {"TCP_CLOSE_WAIT", 8}, {"TCP_LAST_ACK", 9}, {"TCP_LISTEN", 10},
		{"TCP_CLOSING", 11}, {"TCP_CA_Open", 0}, {"TCP_CA_Disorder", 1}, {"TCP_CA_CWR", 2}, {"TCP_CA_Recovery", 3},
		{"TCP_CA_Loss", 4}, {"TCPI_OPT_TIMESTAMPS", 1}, {"TCPI_OPT_SACK", 2}, {"TCPI_OPT_WSCALE", 4},
		{"TCPI_OPT_ECN", 8}, {"TCPI_OPT_ECN_SEEN", 16}, {"TCPI_OPT_SYN_DATA", 32},
		{"TCP_INFINITE_SSTHRESH", tcp.InfiniteSegments}} {
		c.globals[x.name] = starlark.MakeInt(x.v)
	}
}

// tcpInfo sets the tcpi_* variables.
func (r *runner) tcpInfo() {
	s := r.codeSocket()
	info := tcp.TCPInfo{State: 7}
	if s != nil {
		if t := s.Conn().TCP(); t != nil {
			info = t.TCPInfo(r.w.Now())
		} else if e := r.endpoint(r.current); e != nil {
			info = e.TCPInfo(r.w.Now())
		}
	}
	eachField(&info, func(name string, v uint64) { r.code.globals[name] = starlark.MakeUint64(v) })
}

// eachField calls f for each field under the kernel's name.
func eachField(info *tcp.TCPInfo, f func(name string, v uint64)) {
	v := reflect.ValueOf(*info)
	for i := range v.NumField() {
		switch x := v.Field(i); x.Kind() {
		case reflect.Uint8, reflect.Uint32, reflect.Uint64:
			f("tcpi_"+kernelField(v.Type().Field(i).Name), x.Uint())
		default:
		}
	}
}

// infoOption is getsockopt with TCP_INFO: the fields that the script names in {tcpi_state=1, ...} are
// compared.
func (r *runner) infoOption(f *file, want *pkt.Expr) answer {
	info := tcp.TCPInfo{State: 7}
	switch {
	case f.sock.Listening():
		info.State = 10
	case f.sock.Conn() == nil:
	case f.sock.Conn().TCP() != nil:
		info = f.sock.Conn().TCP().TCPInfo(r.w.Now())
	default: // MPTCP answers for its first subflow
		if i, ok := f.sock.Conn().MPTCP().Subflow(0); ok {
			e := r.endpoint(&flow{local: i.Local, lport: i.LocalPort, remote: i.Remote, rport: i.RemotePort})
			if e != nil {
				info = e.TCPInfo(r.w.Now())
			}
		}
	}
	if want.Kind == pkt.Ellipsis {
		return answer{}
	}
	if want.Kind != pkt.Struct {
		r.bad(want.Pos, "{tcpi_state=N, ...} or ... is needed here")
	}
	for _, a := range want.Args {
		if a.Kind != pkt.Assign {
			r.bad(a.Pos, "a field of tcp_info is needed here: tcpi_state=N")
		}
		found, got := false, uint64(0)
		eachField(&info, func(name string, v uint64) {
			if name == a.Name {
				found, got = true, v
			}
		})
		if !found {
			r.bad(a.Pos, "tcp_info has no %s here", a.Name)
		}
		if n := r.number(a.Args[0]); n != int64(got) {
			return answer{note: a.Name + " is " + decimal(int64(got)) + " instead of " + decimal(n)}
		}
	}
	return answer{}
}

// kernelField writes a name as the kernel does: SndCwnd is snd_cwnd.
func kernelField(name string) string {
	switch name {
	case "CAState":
		return "ca_state"
	case "SndMSS":
		return "snd_mss"
	case "RcvMSS":
		return "rcv_mss"
	case "RcvRTT":
		return "rcv_rtt"
	case "MinRTT":
		return "min_rtt"
	case "RTTVar":
		return "rttvar"
	case "DSACKDups":
		return "dsack_dups"
	case "RcvOooPack":
		return "rcv_ooopack"
	case "PMTU", "RTO", "ATO", "RTT":
		return strings.ToLower(name)
	}
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// codeSocket returns the socket of the connection that the script made last, of the open ones, or the one
// closed last.
func (r *runner) codeSocket() *sockapi.Socket {
	if r.current != nil {
		if s := r.socketOf(r.current); s != nil {
			return s
		}
	}
	if r.newest != nil && r.newest.Conn() != nil {
		return r.newest
	}
	if r.code.closed != nil {
		return r.code.closed
	}
	for i := len(r.fds) - 1; i >= 0; i-- {
		if f := r.fds[i]; f != nil && f.sock != nil && f.sock.Conn() != nil {
			return f.sock
		}
	}
	return nil
}

// socketOf returns the socket of a flow, nil if no descriptor leads to it.
func (r *runner) socketOf(f *flow) *sockapi.Socket {
	for _, x := range r.fds {
		if x == nil || x.sock == nil || x.sock.Conn() == nil {
			continue
		}
		if t := x.sock.Conn().TCP(); t != nil {
			if e := t.Endpoint(); e != nil && sameFlow(e, f) {
				return x.sock
			}
			continue
		}
		m := x.sock.Conn().MPTCP()
		for id := uint32(0); ; id++ {
			i, ok := m.Subflow(id)
			if !ok {
				break
			}
			if i.Local == f.local && i.LocalPort == f.lport && i.Remote == f.remote && i.RemotePort == f.rport {
				return x.sock
			}
		}
	}
	return nil
}

func sameFlow(e *tcp.Endpoint, f *flow) bool {
	local, lport := e.Local()
	remote, rport := e.Remote()
	return local == f.local && lport == f.lport && remote == f.remote && rport == f.rport
}

// endpoint returns the TCP endpoint of a flow, nil if it has none (any more).
func (r *runner) endpoint(f *flow) (found *tcp.Endpoint) {
	if f == nil || r.tcp == nil {
		return nil
	}
	r.tcp.EachEndpoint(func(e *tcp.Endpoint) bool {
		if sameFlow(e, f) {
			found = e
			return false
		}
		return true
	})
	return found
}
