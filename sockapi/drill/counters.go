package drill

import (
	"reflect"
	"strconv"
	"strings"

	"mpsim/model/mptcp"
	"mpsim/sockapi/drill/pkt"
)

// counters returns what nstat would tell of Multipath TCP.
func (r *runner) counters() mptcp.Counters {
	if r.mptcp == nil {
		return mptcp.Counters{}
	}
	return r.mptcp.Counters()
}

// kernelNames has the counters whose name here is not the kernel's with its prefix.
var kernelNames = map[string]string{
	"MPCapableSYNRX": "CapableSYNRX", "MPCapableSYNTX": "CapableSYNTX", "MPCapableSYNACKRX": "CapableSYNACKRX",
	"MPCapableACKRX": "CapableACKRX", "MPCapableSYNTXDrop": "CapableSYNTXDrop",
	"MPCapableSYNTXDisabled": "CapableSYNTXDisabled", "MPCapableFallbackACK": "CapableFallbackACK",
	"MPCapableDataFallback": "CapableDataFallback", "DssFallback": "DSSFallback",
	"MPCapableFallbackSYNACK": "CapableFallbackSYNACK", "MPTCPRetrans": "Retrans",
	"MPJoinNoTokenFound": "JoinNoTokenFound", "MPJoinRejected": "JoinRefused", "MPJoinSynTx": "JoinSynTX",
	"MPJoinSynRx": "JoinSynRX", "MPJoinSynAckRx": "JoinSynAckRX", "MPJoinAckRx": "JoinAckRX",
	"MPJoinSynAckHMacFailure": "JoinSynAckHMacFailure", "MPJoinAckHMacFailure": "JoinAckHMacFailure",
	"MPJoinPortSynRx": "JoinPortSynRX", "MPFastcloseTx": "FastcloseTX", "MPFastcloseRx": "FastcloseRX",
	"MPRstTx": "RstTX", "MPRstRx": "RstRX",
}

// counter returns a counter since the last nstat.
func (r *runner) counter(at pkt.Pos, name string) int64 {
	name = strings.TrimPrefix(name, "MPTcpExt")
	field := name
	if k, ok := kernelNames[name]; ok {
		field = k
	}
	now := reflect.ValueOf(r.counters()).FieldByName(field)
	if !now.IsValid() {
		r.bad(at, "the counter %s is none that the stacks have", name)
	}
	return now.Int() - reflect.ValueOf(r.sys.seen).FieldByName(field).Int()
}

// test is `test $(nstat -zjs | jq '.kernel.NAME') -eq N` and its like.
func (r *runner) test(at pkt.Pos, line string, words []string) {
	_, rest, ok := strings.Cut(line, ".kernel.")
	if !ok || !strings.Contains(line, "nstat") {
		r.bad(at, "the command %q is none that this runner knows: of test, only counters of nstat", line)
	}
	n := 0
	for n < len(rest) && (rest[n] >= 'A' && rest[n] <= 'Z' || rest[n] >= 'a' && rest[n] <= 'z' ||
		rest[n] >= '0' && rest[n] <= '9') {
		n++
	}
	name := rest[:n]
	words = words[:len(words):len(words)]
	if last := words[len(words)-1]; last == "]" {
		words = words[:len(words)-1]
	}
	want, err := strconv.ParseInt(words[len(words)-1], 10, 64)
	if err != nil || len(words) < 3 {
		r.bad(at, "test: a number is needed at the end of %q", line)
	}
	got, holds := r.counter(at, name), false
	switch op := words[len(words)-2]; op {
	case "-eq":
		holds = got == want
	case "-ne":
		holds = got != want
	case "-ge":
		holds = got >= want
	case "-gt":
		holds = got > want
	case "-le":
		holds = got <= want
	case "-lt":
		holds = got < want
	default:
		r.bad(at, "test: %s is no comparison of numbers", op)
	}
	if !holds {
		r.fail("the counter "+name+" does not fit", line, decimal(got))
	}
}

// grepCounter is `nstat | grep NAME`: the counter is not zero.
func (r *runner) grepCounter(at pkt.Pos, line string) {
	_, rest, _ := strings.Cut(line, "grep")
	f := strings.Fields(rest)
	if len(f) == 0 {
		r.bad(at, "nstat | grep: the name of a counter is needed")
	}
	if f[0] == "TcpExtOutOfWindowIcmps" {
		if r.tcp == nil || r.tcp.Info().OutOfWindowICMPs == 0 {
			r.fail("the counter "+f[0]+" is zero", "", "")
		}
		return
	}
	if r.counter(at, f[0]) == 0 {
		r.fail("the counter "+f[0]+" is zero", "", "")
	}
}
