package script

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// typedOptions are the options whose value is more than a number.
var typedOptions = []option{
	{name: "SO_ERROR", level: abi.SOL_SOCKET, number: abi.SO_ERROR, get: getError},
	{name: "SO_LINGER", level: abi.SOL_SOCKET, number: abi.SO_LINGER, set: setLinger},
	{name: "SO_RCVTIMEO", level: abi.SOL_SOCKET, number: soRcvTimeo, get: getRcvTimeout, set: setRcvTimeout},
	{name: "SO_SNDTIMEO", level: abi.SOL_SOCKET, number: soSndTimeo, get: getSndTimeout, set: setSndTimeout},
	{name: "TCP_INFO", level: abi.IPPROTO_TCP, number: abi.TCP_INFO, get: getInfo},
	{name: "TCP_CONGESTION", level: abi.IPPROTO_TCP, number: abi.TCP_CONGESTION, get: getCongestion,
		set: setText((*sockapi.Socket).SetCongestion)},
	{name: "TCP_FASTOPEN_KEY", level: abi.IPPROTO_TCP, number: abi.TCP_FASTOPEN_KEY, set: setFastOpenKey},

	{name: "TCP_MULTIPATH_ENABLE", level: abi.IPPROTO_TCP, number: abi.TCP_MULTIPATH_ENABLE,
		get: getFlag((*sockapi.Socket).MultipathEnable), set: setFlag((*sockapi.Socket).SetMultipathEnable)},
	{name: "TCP_MULTIPATH_ADD", level: abi.IPPROTO_TCP, number: abi.TCP_MULTIPATH_ADD,
		set: setAddrs((*sockapi.Socket).MultipathAdd)},
	{name: "TCP_MULTIPATH_REMOVE", level: abi.IPPROTO_TCP, number: abi.TCP_MULTIPATH_REMOVE,
		set: setAddrs((*sockapi.Socket).MultipathRemove)},
	{name: "TCP_MULTIPATH_SUBFLOWS", level: abi.IPPROTO_TCP, number: abi.TCP_MULTIPATH_SUBFLOWS,
		get: getTuples((*sockapi.Socket).MultipathSubflows)},
	{name: "TCP_MULTIPATH_CONNID", level: abi.IPPROTO_TCP, number: abi.TCP_MULTIPATH_CONNID, get: getConnID},

	{name: "MPTCP_ENABLED", level: abi.IPPROTO_TCP, number: abi.MPTCP_ENABLED,
		get: getFlag((*sockapi.Socket).MPTCPEnabled), set: setFlag((*sockapi.Socket).SetMPTCPEnabled)},
	{name: "MPTCP_SCHEDULER", level: abi.IPPROTO_TCP, number: abi.MPTCP_SCHEDULER,
		get: getText((*sockapi.Socket).MPTCPScheduler), set: setText((*sockapi.Socket).SetMPTCPScheduler)},
	{name: "MPTCP_PATH_MANAGER", level: abi.IPPROTO_TCP, number: abi.MPTCP_PATH_MANAGER,
		get: getText((*sockapi.Socket).MPTCPPathManager), set: setText((*sockapi.Socket).SetMPTCPPathManager)},
	{name: "OOT_MPTCP_INFO", level: abi.IPPROTO_TCP, number: abi.OOT_MPTCP_INFO, get: getOutOfTreeInfo,
		set: setFlag((*sockapi.Socket).SaveFirstSubflow)},

	{name: "MPTCP_INFO", level: abi.SOL_MPTCP, number: abi.MPTCP_INFO, get: getMPTCPInfo},
	{name: "MPTCP_TCPINFO", level: abi.SOL_MPTCP, number: abi.MPTCP_TCPINFO, get: getTCPInfos},
	{name: "MPTCP_SUBFLOW_ADDRS", level: abi.SOL_MPTCP, number: abi.MPTCP_SUBFLOW_ADDRS,
		get: getTuples((*sockapi.Socket).MPTCPSubflowAddrs)},
	{name: "MPTCP_FULL_INFO", level: abi.SOL_MPTCP, number: abi.MPTCP_FULL_INFO, get: getFullInfo},
}

// Numbers of the timeouts of a socket (include/uapi/asm-generic/socket.h); package abi has no structure for them.
const (
	soRcvTimeo = 20
	soSndTimeo = 21
)

func getError(s *Socket) (starlark.Value, error) {
	n, err := s.s.Option(sockapi.LastError)
	if n == 0 || err != nil {
		return starlark.None, err
	}
	return Errno(n), nil
}

// setLinger takes the seconds, or False for no lingering.
func setLinger(s *Socket, g *given, i int) error {
	if g.v[i] == starlark.False {
		return s.s.SetLinger(false, 0)
	}
	if d, ok := g.v[i].(Duration); ok {
		return s.s.SetLinger(true, int64(unit.Duration(d)/unit.Second))
	}
	n, err := g.number(i, 0, 1<<31-1, 0)
	if err != nil {
		return err
	}
	return s.s.SetLinger(true, n)
}

func getRcvTimeout(s *Socket) (starlark.Value, error) {
	d, _ := s.s.Timeouts()
	return Duration(d), nil
}

func getSndTimeout(s *Socket) (starlark.Value, error) {
	_, d := s.s.Timeouts()
	return Duration(d), nil
}

func setRcvTimeout(s *Socket, g *given, i int) error {
	d, err := g.span(i, 0)
	if err != nil {
		return err
	}
	_, other := s.s.Timeouts()
	return s.s.SetTimeouts(d, other)
}

func setSndTimeout(s *Socket, g *given, i int) error {
	d, err := g.span(i, 0)
	if err != nil {
		return err
	}
	other, _ := s.s.Timeouts()
	return s.s.SetTimeouts(other, d)
}

func getInfo(s *Socket) (starlark.Value, error) {
	i, err := s.s.TCPInfo()
	if err != nil {
		return nil, err
	}
	return &infoValue{i}, nil
}

func getCongestion(s *Socket) (starlark.Value, error) {
	if s.closed {
		return nil, sockapi.EBADF
	}
	return starlark.String(s.s.Congestion()), nil
}

func setFastOpenKey(s *Socket, g *given, i int) error {
	b, ok := g.v[i].(starlark.Bytes)
	if !ok || len(b) != 16 {
		return g.wrong(i, "16 bytes")
	}
	return s.s.SetFastOpenKey(tcp.FastOpenKeyFrom([16]byte([]byte(b))))
}

func getConnID(s *Socket) (starlark.Value, error) {
	id, err := s.s.MultipathConnID()
	return starlark.MakeInt64(int64(id)), err
}

// getFlag, getText and getTuples make get of a call of package sockapi.
func getFlag(f func(*sockapi.Socket) (bool, error)) func(*Socket) (starlark.Value, error) {
	return func(s *Socket) (starlark.Value, error) {
		on, err := f(s.s)
		return starlark.Bool(on), err
	}
}

func getText(f func(*sockapi.Socket) (string, error)) func(*Socket) (starlark.Value, error) {
	return func(s *Socket) (starlark.Value, error) {
		text, err := f(s.s)
		return starlark.String(text), err
	}
}

func getTuples(f func(*sockapi.Socket) ([]sockapi.SubTuple, error)) func(*Socket) (starlark.Value, error) {
	return func(s *Socket) (starlark.Value, error) {
		all, err := f(s.s)
		list := make([]starlark.Value, len(all))
		for i := range all {
			list[i] = tupleValue(all[i])
		}
		return starlark.NewList(list), err
	}
}

// setFlag, setText and setAddrs make set of a call of package sockapi.
func setFlag(f func(*sockapi.Socket, bool) error) func(*Socket, *given, int) error {
	return func(s *Socket, g *given, i int) error {
		if n, ok := g.v[i].(starlark.Int); ok {
			return f(s.s, n.Sign() != 0)
		}
		on, err := g.flag(i, false)
		if err != nil {
			return err
		}
		return f(s.s, on)
	}
}

func setText(f func(*sockapi.Socket, string) error) func(*Socket, *given, int) error {
	return func(s *Socket, g *given, i int) error {
		name, err := g.text(i, "")
		if err != nil {
			return err
		}
		return f(s.s, name)
	}
}

// setAddrs takes an address, or a list of addresses or (address, port).
func setAddrs(f func(*sockapi.Socket, ...sockapi.MultipathAddr) error) func(*Socket, *given, int) error {
	return func(s *Socket, g *given, i int) error {
		var list []sockapi.MultipathAddr
		if seq, ok := g.v[i].(starlark.Sequence); ok && seq.Len() <= 64 {
			it := seq.Iterate()
			defer it.Done()
			for v := starlark.Value(nil); it.Next(&v); {
				a, err := s.multipathAddr(g, i, v)
				if err != nil {
					return err
				}
				list = append(list, a)
			}
			return f(s.s, list...)
		}
		a, err := s.multipathAddr(g, i, g.v[i])
		if err != nil {
			return err
		}
		return f(s.s, a)
	}
}

func (s *Socket) multipathAddr(g *given, i int, v starlark.Value) (a sockapi.MultipathAddr, err error) {
	one := given{s: g.s}
	one.v[i] = v
	if pair, ok := v.(starlark.Tuple); ok && len(pair) == 2 {
		one.v[i] = pair[1]
		port, err := one.number(i, 0, 65535, 0)
		if err != nil {
			return a, err
		}
		one.v[i], a.Port = pair[0], uint16(port)
	}
	a.Addr, err = s.run.address(&one, i)
	return a, err
}

func getTCPInfos(s *Socket) (starlark.Value, error) {
	all, err := s.s.MPTCPTCPInfo()
	list := make([]starlark.Value, len(all))
	for i := range all {
		list[i] = &infoValue{all[i]}
	}
	return starlark.NewList(list), err
}

func getMPTCPInfo(s *Socket) (starlark.Value, error) {
	i, err := s.s.MPTCPInfo()
	if err != nil {
		return nil, err
	}
	return mptcpInfoValue(&i), nil
}

// numbers makes a value of named numbers.
func numbers(kind string, names string, all ...uint64) *structValue {
	v := &structValue{kind: kind, names: strings.Fields(names)}
	if len(v.names) != len(all) {
		panic(fmt.Sprintf("script: %s has %d names for %d numbers", kind, len(v.names), len(all)))
	}
	for _, n := range all {
		v.values = append(v.values, starlark.MakeUint64(n))
	}
	return v
}

// mptcpInfoValue has the fields of struct mptcp_info without their prefix, in the kernel's units.
func mptcpInfoValue(i *abi.MPTCPInfo) *structValue {
	return numbers("mptcp_info", `subflows add_addr_signal add_addr_accepted subflows_max add_addr_signal_max
		add_addr_accepted_max flags token write_seq snd_una rcv_nxt local_addr_used local_addr_max csum_enabled
		retransmits bytes_retrans bytes_sent bytes_received bytes_acked subflows_total last_data_sent last_data_recv
		last_ack_recv`,
		uint64(i.Subflows), uint64(i.AddAddrSignal), uint64(i.AddAddrAccepted), uint64(i.SubflowsMax),
		uint64(i.AddAddrSignalMax), uint64(i.AddAddrAcceptedMax), uint64(i.Flags), uint64(i.Token), i.WriteSeq, i.SndUna,
		i.RcvNxt, uint64(i.LocalAddrUsed), uint64(i.LocalAddrMax), uint64(i.CsumEnabled), uint64(i.Retransmits),
		i.BytesRetrans, i.BytesSent, i.BytesReceived, i.BytesAcked, uint64(i.SubflowsTotal), uint64(i.LastDataSent),
		uint64(i.LastDataRecv), uint64(i.LastAckRecv))
}

var fullNames = []string{"info", "subflows"}

// getFullInfo gives info and subflows, each with id, addresses and tcp_info.
func getFullInfo(s *Socket) (starlark.Value, error) {
	i, subflows, err := s.s.MPTCPFullInfo()
	if err != nil {
		return nil, err
	}
	return &structValue{kind: "mptcp_full_info", names: fullNames,
		values: []starlark.Value{mptcpInfoValue(&i), subflowList(subflows)}}, nil
}

var subflowNames = []string{"id", "local", "local_port", "remote", "remote_port", "tcp_info"}

func subflowList(all []sockapi.MPTCPSubflow) starlark.Value {
	list := make([]starlark.Value, len(all))
	for k := range all {
		f := &all[k]
		list[k] = &structValue{kind: "subflow", names: subflowNames, values: []starlark.Value{
			starlark.MakeInt64(int64(f.ID)), address(f.Local), starlark.MakeInt(int(f.LocalPort)),
			address(f.Remote), starlark.MakeInt(int(f.RemotePort)), &infoValue{f.TCP},
		}}
	}
	return starlark.NewList(list)
}

func address(a wire.Addr) starlark.Value { return Address(a) }

// getOutOfTreeInfo gives the subflows, the newest first.
func getOutOfTreeInfo(s *Socket) (starlark.Value, error) {
	i, err := s.s.OutOfTreeInfo()
	if err != nil {
		return nil, err
	}
	return subflowList(i.Subflows), nil
}
