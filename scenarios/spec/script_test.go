package spec_test

import (
	"strings"
	"testing"

	"mpsim/scenarios/spec"
)

const scripted = `duration: 1s
hosts:
  a: {interfaces: {x: }}
  b: {interfaces: {y: }}
links:
  l: {between: [a.x, b.y], rate: 1 Mbit/s}
scripts:
  one: |

    # a comment
    def main():
        pass
  two: {code: dir/two.star, args: {n: 5}}
applications:
  - name: app
    kind: script
    host: a
    script: |2
          # indented by more than it says
        def main(): pass
    args: {any: none, period: 2.5s, word: "2.5s", list: [1, 2%]}
`

// TestPlaceOfCode: line and column of code are those of the file it stands in, whatever stands before it.
func TestPlaceOfCode(t *testing.T) {
	s, problems := spec.Load("dir/f.yaml", []byte(scripted), []string{`scripts.three="def main():\n  pass"`})
	if problems != nil {
		t.Fatal(problems)
	}
	for _, c := range []struct {
		code         *spec.Code
		file         string
		line, indent int
		first        string
	}{
		{&s.Script("one").Code, "dir/f.yaml", 10, 4, "# a comment"},
		{&s.Script("two").Code, "dir/dir/two.star", 1, 0, ""},
		{&s.Script("three").Code, `--set scripts.three="def main():\n  pass":15`, 1, 0, "def main():"},
		{&s.Applications[0].Code, "dir/f.yaml", 19, 6, "    # indented by more than it says"},
	} {
		file, line, indent := c.code.Place()
		first, _, _ := strings.Cut(c.code.Text, "\n")
		if file != c.file || line != c.line || indent != c.indent || first != c.first {
			t.Errorf("code %q is at %s:%d behind %d columns, want %q at %s:%d behind %d", first, file, line, indent,
				c.first, c.file, c.line, c.indent)
		}
	}
}

// TestArguments: the text says what an argument is.
func TestArguments(t *testing.T) {
	for text, want := range map[string]spec.Value{
		"2.5s":          {Kind: spec.DurationValue, Int: 2_500_000_000},
		`"2.5s"`:        {Kind: spec.TextValue, Text: "2.5s"},
		"64 KiB":        {Kind: spec.BytesValue, Int: 65536},
		"8 Mbit/s":      {Kind: spec.RateValue, Int: 8_000_000},
		"10 packets":    {Kind: spec.PacketsValue, Int: 10},
		"-5":            {Kind: spec.IntValue, Int: -5},
		"0.25":          {Kind: spec.DecimalValue, Text: "0.25"},
		"true":          {Kind: spec.BoolValue, Int: 1},
		"none":          {Kind: spec.NoneValue},
		"server.eth0":   {Kind: spec.TextValue, Text: "server.eth0"},
		"10.0.0.1":      {Kind: spec.TextValue, Text: "10.0.0.1"},
		"3 little pigs": {Kind: spec.TextValue, Text: "3 little pigs"},
	} {
		s, problems := spec.Load("f.yaml", []byte(scripted), []string{"applications.app.args.any=" + text})
		if problems != nil {
			t.Errorf("%s: %v", text, problems)
			continue
		}
		got := s.Applications[0].Args[0].Value
		if got.Kind != want.Kind || got.Int != want.Int || got.Text != want.Text {
			t.Errorf("%s is %+v, want %+v", text, got, want)
		}
	}
}
