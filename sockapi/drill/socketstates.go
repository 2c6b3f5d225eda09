package drill

import (
	"strings"

	"mpsim/model/mptcp"
	"mpsim/sockapi/drill/pkt"
)

// socketStates is `ss -M... | grep STATE`, and its negation by "!": whether an MPTCP connection is in a state, or,
// for "tcp", has a subflow.
func (r *runner) socketStates(at pkt.Pos, line string, words []string) {
	i := len(words) - 1
	if !strings.Contains(line, "grep") || !strings.HasPrefix(words[i], "FIN") && !strings.HasPrefix(words[i], "LAST") &&
		words[i] != "ESTAB" && words[i] != "CLOSE-WAIT" && words[i] != "tcp" {
		r.bad(at, "the command %q is none that this runner knows: of ss, only | grep with a state or tcp", line)
	}
	found := false
	if r.mptcp != nil {
		r.mptcp.EachConn(func(c *mptcp.Conn) bool {
			if words[i] == "tcp" {
				found = found || c.State() != mptcp.Closed && c.State() != mptcp.TimeWait
			} else {
				found = found || stateName(c.State()) == words[i]
			}
			return !found
		})
	}
	if want := words[0] != "!"; found != want {
		r.fail("no socket is in that state, or one is", line, "")
	}
}

// stateName is what ss(8) calls a state.
func stateName(s mptcp.State) string {
	switch s {
	case mptcp.Established:
		return "ESTAB"
	case mptcp.FinWait1:
		return "FIN-WAIT-1"
	case mptcp.FinWait2:
		return "FIN-WAIT-2"
	case mptcp.CloseWait:
		return "CLOSE-WAIT"
	case mptcp.Closing:
		return "CLOSING"
	case mptcp.LastAck:
		return "LAST-ACK"
	default:
		return ""
	}
}
