package mptcp

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"mpsim/model/tcp"
)

// TestStates runs the interaction traces of testdata/states: what a peer sends and the application calls, and what
// the stack sends and becomes (RFC 8684 appendix D and section 3). The directive "new" starts a world, its argument
// is the profile; the lines of "do" are commands of rawPeer. Rewrite the expectations with -rewrite and read them.
func TestStates(t *testing.T) {
	datadriven.Walk(t, "testdata/states", func(t *testing.T, path string) {
		var r *rawPeer
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
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
		case "fullmesh":
			c.PathManager = a.Key
		default:
			t.Fatalf("%s: no argument %q", d.Pos, strings.TrimSpace(a.String()))
		}
	}
	return c
}
