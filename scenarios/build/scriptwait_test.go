package build

import (
	"strings"
	"testing"

	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// TestScriptsThatHang: the summary says where a script waits at the end of the run, and a warning that it can
// never return, if nothing is left that could wake it.
func TestScriptsThatHang(t *testing.T) {
	for _, c := range []struct {
		name, client, server string
		waits, warning       string // of the client
	}{
		{"both receive", "s.recv(10)", "s.recv(10)", "in recv of <socket",
			"application a can never return: in recv of <socket"},
		{"the other sleeps", "s.recv(10)", "sleep(seconds(100))", "in recv of <socket", ""},
		{"deadline behind the end", "attempt(s.recv, 10, timeout = seconds(9))", "s.recv(10)", "in recv of <socket",
			""},
		{"returns", "s.close()", "s.close()", "", ""},
		{"accepts", "s.close()", "s.close(); l.accept()", "", ""},
		{"failed", "fail(1)", "s.recv(10)", "", ""},
	} {
		s := scriptedWorld(t, `applications:
  - name: a
    kind: script
    host: a
    start: 10ms
    script: |
      def main():
          s = socket()
          s.connect("b", 80)
          `+c.client+`
  - name: b
    kind: script
    host: b
    script: |
      def main():
          l = socket()
          l.bind(port = 80)
          l.listen()
          s = l.accept()
          `+c.server+`
`)
		for _, series := range []*trace.Series{nil, trace.NewSeries()} {
			w := run(t, s, Options{Series: series}, 3*unit.Second)
			a := find(t, w.Summary(), trace.GroupApplications, map[string]string{"application": "a"})
			f, ok := a.Get("waiting")
			if !ok || !strings.HasPrefix(f.Text, c.waits) || (f.Text == "") != (c.waits == "") {
				t.Errorf("%s: waiting is %q", c.name, f.Text)
			}
			if c.waits != "" && (!strings.Contains(f.Text, " at w.yaml:19:") ||
				!strings.Contains(f.Text, ", since 0.0")) {
				t.Errorf("%s: waiting is %q, without its place", c.name, f.Text)
			}
			all := strings.Join(w.hangs(), "\n")
			if c.name == "accepts" && all != "" { // b waits for further clients
				t.Errorf("%s: warnings %q", c.name, all)
			}
			if c.warning == "" && strings.Contains(all, "application a") || !strings.Contains(all, c.warning) {
				t.Errorf("%s: warnings %q", c.name, all)
			}
		}
	}
}
