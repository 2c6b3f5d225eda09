package script

import (
	"fmt"
	"math"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// optionKind is how a script sees the value of an option.
type optionKind uint8

const (
	kindNumber optionKind = iota // an int, or a bool; a duration where the option is a time
	kindTyped                    // a value of its own: get and set
	kindCall                     // the option of a method, which takes its arguments
)

// option is a socket option, known by level and number as in C.
type option struct {
	name          string
	level, number int
	kind          optionKind
	typed         sockapi.Option // kindNumber
	unit          unit.Duration  // kindNumber: of the number; 0: it is no time
	get           func(s *Socket) (starlark.Value, error)
	set           func(s *Socket, g *given, i int) error
}

// optionValue is an option as a value of scripts: TCP_INFO.
type optionValue struct{ o *option }

var _ starlark.Comparable = optionValue{}

func (v optionValue) String() string        { return v.o.name }
func (v optionValue) Type() string          { return "option" }
func (v optionValue) Freeze()               {}
func (v optionValue) Truth() starlark.Bool  { return true }
func (v optionValue) Hash() (uint32, error) { return uint32(v.o.level)<<16 ^ uint32(v.o.number), nil }
func (v optionValue) AttrNames() []string   { return []string{"level", "name", "number"} }

// CompareSameType is == and !=.
func (v optionValue) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	switch op {
	case syntax.EQL:
		return v.o == y.(optionValue).o, nil
	case syntax.NEQ:
		return v.o != y.(optionValue).o, nil
	default:
		return false, fmt.Errorf("options have no order")
	}
}

// Attr gives the numbers of C.
func (v optionValue) Attr(name string) (starlark.Value, error) {
	switch name {
	case "name":
		return starlark.String(v.o.name), nil
	case "level":
		return starlark.MakeInt(v.o.level), nil
	case "number":
		return starlark.MakeInt(v.o.number), nil
	}
	return nil, nil
}

// intOptions are the options of every TCP socket whose value is a number.
var intOptions = []option{
	{name: "SO_REUSEADDR", level: abi.SOL_SOCKET, number: abi.SO_REUSEADDR, typed: sockapi.ReuseAddr},
	{name: "SO_SNDBUF", level: abi.SOL_SOCKET, number: abi.SO_SNDBUF, typed: sockapi.SendBuffer},
	{name: "SO_RCVBUF", level: abi.SOL_SOCKET, number: abi.SO_RCVBUF, typed: sockapi.ReceiveBuffer},
	{name: "SO_KEEPALIVE", level: abi.SOL_SOCKET, number: abi.SO_KEEPALIVE, typed: sockapi.KeepAlive},
	{name: "SO_ZEROCOPY", level: abi.SOL_SOCKET, number: abi.SO_ZEROCOPY, typed: sockapi.ZeroCopy},
	{name: "TCP_NODELAY", level: abi.IPPROTO_TCP, number: abi.TCP_NODELAY, typed: sockapi.NoDelay},
	{name: "TCP_MAXSEG", level: abi.IPPROTO_TCP, number: abi.TCP_MAXSEG, typed: sockapi.MaxSeg},
	{name: "TCP_CORK", level: abi.IPPROTO_TCP, number: abi.TCP_CORK, typed: sockapi.Cork},
	{name: "TCP_KEEPIDLE", level: abi.IPPROTO_TCP, number: abi.TCP_KEEPIDLE, typed: sockapi.KeepIdle,
		unit: unit.Second},
	{name: "TCP_KEEPINTVL", level: abi.IPPROTO_TCP, number: abi.TCP_KEEPINTVL, typed: sockapi.KeepInterval,
		unit: unit.Second},
	{name: "TCP_KEEPCNT", level: abi.IPPROTO_TCP, number: abi.TCP_KEEPCNT, typed: sockapi.KeepCount},
	{name: "TCP_SYNCNT", level: abi.IPPROTO_TCP, number: abi.TCP_SYNCNT, typed: sockapi.SYNCount},
	{name: "TCP_LINGER2", level: abi.IPPROTO_TCP, number: abi.TCP_LINGER2, typed: sockapi.Linger2, unit: unit.Second},
	{name: "TCP_DEFER_ACCEPT", level: abi.IPPROTO_TCP, number: abi.TCP_DEFER_ACCEPT, typed: sockapi.DeferAccept,
		unit: unit.Second},
	{name: "TCP_QUICKACK", level: abi.IPPROTO_TCP, number: abi.TCP_QUICKACK, typed: sockapi.QuickACK},
	{name: "TCP_USER_TIMEOUT", level: abi.IPPROTO_TCP, number: abi.TCP_USER_TIMEOUT, typed: sockapi.UserTimeout,
		unit: unit.Millisecond},
	{name: "TCP_FASTOPEN", level: abi.IPPROTO_TCP, number: abi.TCP_FASTOPEN, typed: sockapi.FastOpenQueue},
	{name: "TCP_FASTOPEN_CONNECT", level: abi.IPPROTO_TCP, number: abi.TCP_FASTOPEN_CONNECT,
		typed: sockapi.FastOpenConnect},
	{name: "TCP_NOTSENT_LOWAT", level: abi.IPPROTO_TCP, number: abi.TCP_NOTSENT_LOWAT, typed: sockapi.NotSentLowat},
	{name: "TCP_IS_MPTCP", level: abi.IPPROTO_TCP, number: abi.TCP_IS_MPTCP, typed: sockapi.IsMPTCP},
	{name: "IP_TOS", level: abi.IPPROTO_IP, number: abi.IP_TOS, typed: sockapi.TOS},
	{name: "IP_TTL", level: abi.IPPROTO_IP, number: abi.IP_TTL, typed: sockapi.TTL},
	{name: "IPV6_TCLASS", level: abi.IPPROTO_IPV6, number: abi.IPV6_TCLASS, typed: sockapi.TOS},
	{name: "IPV6_UNICAST_HOPS", level: abi.IPPROTO_IPV6, number: abi.IPV6_UNICAST_HOPS, typed: sockapi.TTL},
}

// callOptions are the options of the enhanced socket API: each has a method.
var callOptions = []option{
	{name: "MPTCP_GET_SUB_IDS", number: abi.MPTCP_GET_SUB_IDS},
	{name: "MPTCP_CLOSE_SUB_ID", number: abi.MPTCP_CLOSE_SUB_ID},
	{name: "MPTCP_GET_SUB_TUPLE", number: abi.MPTCP_GET_SUB_TUPLE},
	{name: "MPTCP_OPEN_SUB_TUPLE", number: abi.MPTCP_OPEN_SUB_TUPLE},
	{name: "MPTCP_SUB_GETSOCKOPT", number: abi.MPTCP_SUB_GETSOCKOPT},
	{name: "MPTCP_SUB_SETSOCKOPT", number: abi.MPTCP_SUB_SETSOCKOPT},
	{name: "MPTCP_SUB_PRIO", number: abi.MPTCP_SUB_PRIO},
}

// optionList is every option that scripts know by name. The order decides which of two options is meant that have
// one number (43).
func optionList() []*option {
	var all []*option
	for i := range intOptions {
		all = append(all, &intOptions[i])
	}
	for i := range callOptions {
		o := &callOptions[i]
		o.level, o.kind = abi.IPPROTO_TCP, kindCall
		all = append(all, o)
	}
	for i := range typedOptions {
		o := &typedOptions[i]
		o.kind = kindTyped
		all = append(all, o)
	}
	return all
}

// optionNames lists the names, for suggestions.
func optionNames() []string {
	var all []string
	for _, o := range options {
		all = append(all, o.name)
	}
	return all
}

var options = optionList()

// option returns an argument as an option: one of the constants, or its name.
func (g *given) option(i int) (*option, error) {
	switch v := g.v[i].(type) {
	case optionValue:
		return v.o, nil
	case starlark.String:
		for _, o := range options {
			if o.name == string(v) {
				return o, nil
			}
		}
		return nil, fmt.Errorf("no option is called %q%s", string(v), didYouMean(string(v), optionNames()))
	}
	return nil, g.wrong(i, "an option such as TCP_INFO")
}

// numberOf is the value given for an option with a number: an int, True or False, or a duration where it is a time.
func (o *option) numberOf(g *given, i int) (int64, error) {
	switch v := g.v[i].(type) {
	case starlark.Bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case Duration:
		if o.unit == 0 || unit.Duration(v)%o.unit != 0 {
			break
		}
		return int64(unit.Duration(v) / o.unit), nil
	case starlark.Int:
		return g.number(i, math.MinInt32, math.MaxUint32, 0)
	}
	if o.unit != 0 {
		return 0, g.wrong(i, fmt.Sprintf("an int or a duration in whole steps of %s", o.unit))
	}
	return 0, g.wrong(i, "an int, True or False")
}

var (
	getParams = params("getsockopt", 2, "level", "option", "value", "size")
	setParams = params("setsockopt", 3, "level", "option", "value")
)

// socketGetsockopt is getsockopt(level, name): the value of the option. Options that are commands take the arguments
// of their methods: getsockopt(IPPROTO_TCP, MPTCP_OPEN_SUB_TUPLE, local = "wifi"). A name that is an int stands
// for the octets: getsockopt(6, 66, size = 64) returns bytes; value are those that the buffer holds before.
func socketGetsockopt(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s := b.Receiver().(*Socket)
	if len(args) >= 2 {
		if v, ok := args[1].(optionValue); ok && v.o.kind == kindCall {
			return s.command(t, b, v.o, args, kwargs)
		}
	}
	g, err := getParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	if _, raw := g.v[1].(starlark.Int); raw {
		return s.getRaw(t, &g)
	}
	o, err := g.levelled()
	if err != nil {
		return nil, err
	}
	v, err := s.get(o)
	if err != nil {
		return nil, failed("getsockopt", err)
	}
	return v, nil
}

// command calls the method of an option with the arguments behind level and name.
func (s *Socket) command(t *starlark.Thread, b *starlark.Builtin, o *option, args starlark.Tuple,
	kwargs []starlark.Tuple) (starlark.Value, error) {
	if n, ok := args[0].(starlark.Int); !ok || !isLevel(n, o.level) {
		return nil, failed(b.Name(), fmt.Errorf("%w: %s has level %d", sockapi.ENOPROTOOPT, o.name, o.level))
	}
	args = args[2:]
	switch o.number {
	case abi.MPTCP_GET_SUB_IDS:
		return socketSubIDs(t, b, args, kwargs)
	case abi.MPTCP_CLOSE_SUB_ID:
		return socketCloseSub(t, b, args, kwargs)
	case abi.MPTCP_GET_SUB_TUPLE:
		return socketSubTuple(t, b, args, kwargs)
	case abi.MPTCP_OPEN_SUB_TUPLE:
		return socketOpenSub(t, b, args, kwargs)
	case abi.MPTCP_SUB_GETSOCKOPT:
		return socketSubGet(t, b, args, kwargs)
	case abi.MPTCP_SUB_SETSOCKOPT:
		return socketSubSet(t, b, args, kwargs)
	}
	return socketSubPrio(t, b, args, kwargs)
}

func isLevel(n starlark.Int, level int) bool {
	v, ok := n.Int64()
	return ok && v == int64(level)
}

// levelled returns the option of the first two arguments; of another level than given it is unknown.
func (g *given) levelled() (*option, error) {
	level, err := g.number(0, 0, 1<<31-1, 0)
	if err != nil {
		return nil, err
	}
	o, err := g.option(1)
	if err != nil {
		return nil, err
	}
	if o.level != int(level) {
		return nil, failed(g.s.name, fmt.Errorf("%w: %s has level %d", sockapi.ENOPROTOOPT, o.name, o.level))
	}
	if o.kind == kindCall {
		return nil, fmt.Errorf("%s: give the option by its constant, its arguments behind it", o.name)
	}
	return o, nil
}

func (s *Socket) get(o *option) (starlark.Value, error) {
	if o.kind == kindTyped {
		if o.get == nil {
			return nil, sockapi.ENOPROTOOPT
		}
		return o.get(s)
	}
	if s.closed {
		return nil, sockapi.EBADF
	}
	n, err := s.s.Option(o.typed)
	return starlark.MakeInt64(n), err
}

// socketSetsockopt is setsockopt(level, name, value). A name that is an int takes the octets of the value.
func socketSetsockopt(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s := b.Receiver().(*Socket)
	if len(args) >= 2 {
		if v, ok := args[1].(optionValue); ok && v.o.kind == kindCall {
			return s.command(t, b, v.o, args, kwargs)
		}
	}
	g, err := setParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	if _, raw := g.v[1].(starlark.Int); raw {
		return s.setRaw(&g)
	}
	o, err := g.levelled()
	if err != nil {
		return nil, err
	}
	if o.kind == kindTyped {
		if o.set == nil {
			return nil, failed("setsockopt", sockapi.ENOPROTOOPT)
		}
		return done("setsockopt", o.set(s, &g, 2))
	}
	n, err := o.numberOf(&g, 2)
	if err != nil {
		return nil, err
	}
	return done("setsockopt", s.s.SetOption(o.typed, n))
}

// maxOption is the most octets of an option.
const maxOption = 16 << 10

// getRaw reads an option as the call of C does.
func (s *Socket) getRaw(t *starlark.Thread, g *given) (starlark.Value, error) {
	level, err := g.number(0, 0, 1<<31-1, 0)
	if err != nil {
		return nil, err
	}
	name, err := g.number(1, 0, 1<<31-1, 0)
	if err != nil {
		return nil, err
	}
	var before starlark.Bytes
	if g.has(2) {
		var ok bool
		if before, ok = g.v[2].(starlark.Bytes); !ok {
			return nil, g.wrong(2, "bytes")
		}
	}
	size, err := g.number(3, 0, maxOption, int64(max(len(before), 4)))
	if err != nil {
		return nil, err
	}
	if err := contextOf(t).charge(t, size); err != nil {
		return nil, err
	}
	buf, n := make([]byte, size), int(size)
	copy(buf, before)
	if err := s.s.GetSockOpt(int(level), int(name), &abi.Memory{}, buf, &n); err != nil {
		return nil, failed("getsockopt", err)
	}
	return starlark.Bytes(buf[:min(n, len(buf))]), nil
}

// setRaw sets an option as the call of C does.
func (s *Socket) setRaw(g *given) (starlark.Value, error) {
	level, err := g.number(0, 0, 1<<31-1, 0)
	if err != nil {
		return nil, err
	}
	name, err := g.number(1, 0, 1<<31-1, 0)
	if err != nil {
		return nil, err
	}
	v, ok := g.v[2].(starlark.Bytes)
	if !ok {
		return nil, g.wrong(2, "bytes")
	}
	return done("setsockopt", s.s.SetSockOpt(int(level), int(name), &abi.Memory{}, []byte(v)))
}
