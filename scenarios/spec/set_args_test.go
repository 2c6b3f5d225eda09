package spec_test

import (
	"strings"
	"testing"

	"mpsim/scenarios/spec"
)

const argued = `duration: 1s
hosts:
  a: {interfaces: {x: }}
  b: {interfaces: {y: }}
links:
  l: {between: [a.x, b.y], rate: 1 Mbit/s}
scripts:
  client:
    args: {size: 1 MB, factor: 4}
    code: |
      def main():
          pass
applications:
  - {name: ca, kind: script, host: a, script: client}
  - name: cb
    kind: script
    host: b
    script: client
    args: {any: none, wait: 1s, bytes: 20 MB, rate: 1 Mbit/s, loss: 5%, n: 3, p: 0.5, on: true, word: up, list: [1s]}
`

// TestKindsOfArguments: the value of an argument in the file says what its other values are.
func TestKindsOfArguments(t *testing.T) {
	for set, want := range map[string]string{
		"applications.cb.args.wait=2ms": "", "applications.cb.args.bytes=3 KiB": "", "applications.cb.args.rate=5 kbps": "",
		"applications.cb.args.loss=1/3": "", "applications.cb.args.loss=0": "", "applications.cb.args.n=2.5": "",
		"applications.cb.args.p=0": "", "applications.cb.args.on=false": "", `applications.cb.args.word="2s"`: "",
		"applications.cb.args.list=[2s, 3s]": "", "applications.cb.args.list=[]": "", "applications.cb.args.any=3 s": "",
		"applications.cb.args.wait=none": "", "scripts.client.args.factor=5": "", "applications.ca.args.size=10 kB": "",
		"applications.1.args.factor=3": "", "applications.cb.args.list.0=3s": "",

		"applications.cb.args.bytes=3 Mbit/s": "bytes is a size (20 MB), 3 Mbit/s is a rate (write it like 20 MB)",
		"applications.cb.args.bytes=3000":     "bytes is a size (20 MB), 3000 is a plain number",
		"applications.cb.args.wait=0":         "wait is a duration (1s), 0 is a plain number",
		"applications.cb.args.on=maybe":       `on is true or false (true), "maybe" is a text`,
		"applications.cb.args.n=true":         "n is a plain number (3), true is true or false",
		"applications.cb.args.word=2s":        `word is a text ("up"), 2s is a duration`,
		"applications.cb.args.list=[1s, 2]":   "list.1 is a duration (1s), 2 is a plain number",
		"applications.cb.args.list.0=2":       "0 is a duration (1s), 2 is a plain number",
		"scripts.client.args.factor=4s":       "factor is a plain number (4), 4s is a duration",
		"applications.ca.args.size=3s":        "size is a size (1 MB), 3s is a duration",
		"applications.ca.args.sice=3 kB":      `there is no argument "sice" (did you mean "size"?)`,
		"applications.cb.args.other=3 kB":     `there is no argument "other" (there are any, wait`,
		"applications.cb.args={size: 3s}":     "size is a size (1 MB), 3s is a duration",
		"applications.cb.args={wait: 3 kB}":   "wait is a duration (1s), 3 kB is a size",
		"scripts.client.args={factor: up}":    `factor is a plain number (4), "up" is a text`,
	} {
		s, problems := spec.Load("f.yaml", []byte(argued), []string{set})
		switch {
		case want == "" && problems != nil:
			t.Errorf("%s: %v", set, problems)
		case want != "" && (problems == nil || !strings.Contains(problems.Error(), want)):
			t.Errorf("%s: %v, want %s", set, problems, want)
		case set == "applications.ca.args.size=10 kB" && (len(s.Applications[0].Args) != 1 ||
			s.Applications[0].Args[0].Value.Int != 10_000):
			t.Errorf("%s: %+v", set, s.Applications[0].Args)
		}
	}
}

// TestNamesOfPlugIns: a word that is no scheduler may be a script without its prefix.
func TestNamesOfPlugIns(t *testing.T) {
	for set, want := range map[string]string{
		"hosts.a.mptcp.scheduler=client":        `scheduler has no value "client" (did you mean "script:client"?)`,
		"hosts.a.mptcp.scheduler=mintt":         `scheduler has no value "mintt" (did you mean "minrtt"?)`,
		"hosts.a.mptcp.scheduler=blest":         "(known here: minrtt, roundrobin, script:NAME)",
		"hosts.a.mptcp.scheduler=script:cleint": `there is no script "cleint" (did you mean "client"?)`,
	} {
		_, problems := spec.Load("f.yaml", []byte(argued), []string{set})
		if problems == nil || !strings.Contains(problems.Error(), want) {
			t.Errorf("%s: %v, want %s", set, problems, want)
		}
	}
}
