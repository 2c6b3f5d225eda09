package mptcp

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"mpsim/model/tcp"
)

// The traces of testdata/states: what a peer sends and the application calls, and what the stack sends and becomes.
// The directive "new" starts a world, its arguments are the profile and settings; the lines of "do" are commands of
// rawPeer. Rewrite the expectations with -rewrite and read them.

// TestClosingTraces: appendix D and sections 3.3.3 and 3.5.
func TestClosingTraces(t *testing.T) { traces(t, "closing") }

// TestMappingTraces: sections 3.3 and 3.3.1.
func TestMappingTraces(t *testing.T) { traces(t, "mapping") }

// TestDataAckTraces: sections 3.3.2 and 3.3.4 to 3.3.6.
func TestDataAckTraces(t *testing.T) { traces(t, "dataack") }

// TestFailTraces: checksums that fail (section 3.7).
func TestFailTraces(t *testing.T) { traces(t, "fail") }

// TestFallbackTraces: fallback for other reasons (section 3.7).
func TestFallbackTraces(t *testing.T) { traces(t, "fallback") }

func traces(t *testing.T, name string) {
	var r *rawPeer
	datadriven.RunTest(t, "testdata/states/"+name+".txt", func(t *testing.T, d *datadriven.TestData) string {
		switch d.Cmd {
		case "new":
			r = newRawPeer(t, rawConfig(t, d), tcp.Config{Timestamps: tcp.Off})
			return ""
		case "do":
			r.t = t
			return r.do(d.Input)
		}
		t.Fatalf("%s: no directive %q", d.Pos, d.Cmd)
		return ""
	})
}

// rawConfig is the stack's configuration by the arguments of "new".
func rawConfig(t *testing.T, d *datadriven.TestData) Config {
	c := Config{Profile: "rfc", PathManager: "none"}
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "linux":
			c.Profile = a.Key
		case "sum":
			c.Checksum = tcp.On
		case "nosum":
			c.Checksum = tcp.Off
		case "short":
			c.Data.ShortDSN = tcp.On
		case "sparse":
			c.Data.SparseDSS = tcp.On
		case "rejoin":
			c.Data.RejoinAfterFail = tcp.On
		case "losses":
			c.Data.ReinjectLosses = tcp.On
		case "late":
			c.Data.ReinjectAfter = 3
		case "smallbuffer":
			c.ReceiveBuffer, c.ReceiveBufferMax = 4000, 4000
		case "fullmesh":
			c.PathManager = a.Key
		default:
			t.Fatalf("%s: no argument %q", d.Pos, strings.TrimSpace(a.String()))
		}
	}
	return c
}
