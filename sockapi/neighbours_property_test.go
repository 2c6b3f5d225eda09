package sockapi_test

import (
	"errors"
	"testing"

	"mpsim/sim"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"

	"pgregory.net/rapid"
)

// TestNeighbourProperty: whatever octets an application hands over, with whatever lengths and pointers, a
// call gives an answer no longer than it was asked for, or an error that has a number.
func TestNeighbourProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		api := rapid.SampledFrom([]sockapi.API{sockapi.APIDraft, sockapi.APILinuxFork,
			sockapi.APIUpstream}).Draw(t, "api")
		w := newAPIWorld(apiOptions{api: api, manager: "fullmesh"})
		w.serve()
		c := w.Go(w.Component("client"), "client", func(p *sim.Proc) {
			s := w.client.Socket(sockapi.MPTCP)
			for k := range 20 {
				neighbourCall(t, s)
				if k == 10 && s.Network() == sockapi.MPTCP {
					if s.Connect(p, w.wifi, w.remote, port, true) != nil {
						return
					}
					_, _ = s.Send(p, []byte("hello"), sockapi.MsgDontWait, false) // options may have ended it
					pause(p, 100*ms)
				}
			}
		})
		w.Run(sim.Time(10_000 * ms))
		if !c.Ended() {
			t.Error("the client still blocks")
		}
		w.Close()
	})
}

// neighbourCall makes one call at random.
func neighbourCall(t *rapid.T, s *sockapi.Socket) {
	number := rapid.OneOf(rapid.IntRange(0, 80), rapid.IntRange(abi.MPTCP_ENABLED, abi.OOT_MPTCP_INFO),
		rapid.IntRange(abi.TCP_MULTIPATH_ENABLE, abi.TCP_MULTIPATH_CONNID)).Draw(t, "number")
	level := rapid.SampledFrom([]int{abi.IPPROTO_TCP, abi.SOL_MPTCP, abi.IPPROTO_TCP, abi.IPPROTO_IP}).Draw(t,
		"level")
	if level == abi.SOL_MPTCP {
		number %= 6
	}
	var mem abi.Memory
	behind := mem.Map(make([]byte, rapid.SampledFrom([]int{0, 4, 100, 1000}).Draw(t, "memory")))
	value := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 200), rapid.Custom(func(t *rapid.T) []byte {
		small := func(name string) uint32 {
			return rapid.SampledFrom([]uint32{0, 4, 16, 56, 264, 280, 300}).Draw(t, name)
		}
		at := func(name string) abi.Pointer {
			return rapid.SampledFrom([]abi.Pointer{0, behind, 1}).Draw(t, name)
		}
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			d := abi.SubflowData{Size: small("head"), SizeUser: small("element")}
			return append(abi.AppendSubflowData(nil, d), make([]byte, small("room"))...)
		case 1:
			return abi.AppendFullInfo(nil, &abi.FullInfo{SizeTCPInfoUser: small("tcp"), SizeSFInfoUser: small("sf"),
				SizeArraysUser: small("arrays"), SubflowInfo: at("infos"), TCPInfo: at("tcps")})
		}
		return abi.AppendOOTInfo(nil, &abi.OOTInfo{TCPInfoLen: small("tcp"), SubLen: small("subs"),
			MetaLen:    small("meta"),
			SubInfoLen: small("info"), TotalSubInfoLen: small("all"), MetaInfo: at("1"), Initial: at("2"),
			Subflows: at("3"), SubflowInfo: at("4")})
	})).Draw(t, "value")
	if rapid.Bool().Draw(t, "set") {
		numbered(t, s.SetSockOpt(level, number, &mem, value))
		return
	}
	asked := len(value) + rapid.SampledFrom([]int{0, 0, 0, -1, 1, 1000}).Draw(t, "more")
	n := asked
	err := s.GetSockOpt(level, number, &mem, value, &n)
	numbered(t, err)
	if err == nil && (n > asked || n < 0) {
		t.Errorf("asked for %d octets, got %d", asked, n)
	}
}

// numbered checks that an error has a number.
func numbered(t *rapid.T, err error) {
	if err != nil && numberOf(err) == 0 {
		t.Errorf("%v has no number", err)
	}
}

func numberOf(err error) sockapi.Errno {
	var e sockapi.Errno
	if errors.As(err, &e) {
		return e
	}
	return 0
}
