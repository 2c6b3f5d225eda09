package spec_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"mpsim/scenarios"
	"mpsim/scenarios/spec"
)

var update = flag.Bool("update", false, "write the expected messages and the schema instead of comparing")

// same compares what scenarios say, not where it was written.
var same = cmp.Options{
	cmpopts.IgnoreUnexported(spec.Scenario{}, spec.Queue{}, spec.Code{}),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
}

// shipped loads every scenario that comes with mpsim, and a rich one that uses every key.
func shipped(t *testing.T) map[string]*spec.Scenario {
	t.Helper()
	all := map[string]*spec.Scenario{}
	load := func(name string, data []byte) {
		s, problems := spec.Load(name+".yaml", data, nil)
		if problems != nil {
			t.Fatalf("%s has problems:\n%v", name, problems)
		}
		all[name] = s
	}
	for _, e := range scenarios.List() {
		data, err := scenarios.Get(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		load(e.Name, data)
		if s := all[e.Name]; s.Name != e.Name || s.Title != e.Title || s.Title == "" || s.Description == "" {
			t.Errorf("%s: name %q, title %q (listed as %q)", e.Name, s.Name, s.Title, e.Title)
		}
		for _, word := range []string{"# Question:", "# Source:", "# Expect:"} {
			if !bytes.Contains(data, []byte(word)) {
				t.Errorf("%s has no header line %q", e.Name, word)
			}
		}
		for _, l := range all[e.Name].Links {
			for _, x := range []spec.Direction{l.Forward, l.Backward} {
				if x.Trace == nil {
					continue
				}
				if _, err := scenarios.Trace(x.Trace.Shipped); err != nil {
					t.Errorf("%s: %v", e.Name, err)
				}
			}
		}
	}
	data, err := os.ReadFile("testdata/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	load("testdata/everything", data)
	return all
}

// TestExplainReadsBack: the effective scenario is a scenario, the same one, and explains itself the same way.
func TestExplainReadsBack(t *testing.T) {
	for name, s := range shipped(t) {
		text := spec.Explain(s)
		again, problems := spec.Load(name+".yaml", text, nil)
		if problems != nil {
			t.Errorf("%s explained has problems:\n%v", name, problems)
			continue
		}
		if diff := cmp.Diff(s, again, same); diff != "" {
			t.Errorf("%s changes when explained (-before +after):\n%s", name, diff)
		}
		if twice := spec.Explain(again); !bytes.Equal(text, twice) {
			t.Errorf("%s explained twice differs:\n%s", name, cmp.Diff(string(text), string(twice)))
		}
		if s.Hash() != again.Hash() || len(s.Hash()) != 64 {
			t.Errorf("%s: hash %s, after explaining %s", name, s.Hash(), again.Hash())
		}
	}
}

// TestHashIsOfTheMeaning: comments and defaults written out do not change it, values do.
func TestHashIsOfTheMeaning(t *testing.T) {
	data, err := scenarios.Get("basics/one-link")
	if err != nil {
		t.Fatal(err)
	}
	hash := func(text string, sets ...string) string {
		s, problems := spec.Load("one-link.yaml", []byte(text), sets)
		if problems != nil {
			t.Fatal(problems)
		}
		return s.Hash()
	}
	base := hash(string(data))
	if got := hash("# more\n" + string(data) + "seed: 1\n"); got != base {
		t.Error("a comment and a default change the hash")
	}
	if got := hash(string(data), "links.wire.queue=25 kB"); got != base {
		t.Error("the computed queue written out changes the hash")
	}
	if got := hash(string(data), "seed=2"); got == base {
		t.Error("another seed has the same hash")
	}
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(spec.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance turns YAML into what a JSON Schema validator sees.
func instance(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	js, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(js))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestSchemaAcceptsShipped(t *testing.T) {
	schema := compileSchema(t)
	for name, s := range shipped(t) {
		if err := schema.Validate(instance(t, spec.Explain(s))); err != nil {
			t.Errorf("%s explained: %v", name, err)
		}
	}
	for _, e := range scenarios.List() {
		data, err := scenarios.Get(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance(t, data)); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}

func TestSchemaRejects(t *testing.T) {
	schema := compileSchema(t)
	for _, name := range []string{
		"unknown-key", "missing-unit", "bool-yes", "no-hosts", "unknown-kind", "unknown-link-key",
		"wrong-type-list", "three-ends", "port-range", "bad-congestion", "ratio-bare",
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "bad", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(instance(t, data)) == nil {
			t.Errorf("the schema accepts %s", name)
		}
	}
}

// TestSchemaFile keeps the schema that editors read beside the scenarios.
func TestSchemaFile(t *testing.T) {
	const file = "../schema.json"
	if *update {
		if err := os.WriteFile(file, spec.Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, spec.Schema()) {
		t.Errorf("%s is not what Schema returns (go test -update writes it): %v", file, err)
	}
}

func TestPositions(t *testing.T) {
	text := strings.Join([]string{
		"duration: 1s", // 1
		"hosts:",       // 2
		"  a: {interfaces: {x: {address: 10.0.0.1}}}",
		"  b: {interfaces: {y: }}",
		"links:",                     // 5
		"  l:",                       // 6
		"    between: [a.x, b.y]",    // 7
		"    rate: 1 Mbit/s",         // 8
		"applications:",              // 9
		"  - name: get",              // 10
		"    kind: bulk",             // 11
		"    client: a",              // 12
		"    server: b",              // 13
		"figures: [{kind: goodput}]", // 14
	}, "\n")
	s, problems := spec.Load("dir/p.yaml", []byte(text), []string{"links.l.delay=2ms"})
	if problems != nil {
		t.Fatal(problems)
	}
	for path, want := range map[string]string{
		"links.l.rate":                 "dir/p.yaml:8:11",
		"links.l.forward.rate":         "dir/p.yaml:6:3", // a default of l
		"links.l.delay":                "--set links.l.delay=2ms:15",
		"links.l.between.1":            "dir/p.yaml:7:20",
		"links.l":                      "dir/p.yaml:6:3",
		"hosts.a.interfaces.x.address": "dir/p.yaml:3:33",
		"hosts.b.tcp.congestion":       "dir/p.yaml:4:3",
		"applications.get.port":        "dir/p.yaml:10:5",
		"applications.get.client":      "dir/p.yaml:12:13",
		"figures.0.kind":               "dir/p.yaml:14:18",
		"nothing.at.all":               "dir/p.yaml:1:1",
	} {
		if got := s.At(path).String(); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
	got := s.Problem("links.l.rate", "is odd", "think").Error()
	want := "dir/p.yaml:8:11: is odd (think)\n    8 |     rate: 1 Mbit/s\n      |           ^"
	if got != want {
		t.Errorf("problem prints\n%s\nwant\n%s", got, want)
	}
}

func TestTraceFiles(t *testing.T) {
	data, err := scenarios.Get("handover/trace")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), `"shipped:lte-drive.up"`, "../t/x.up", 1)
	s, problems := spec.Load("some/dir/f.yaml", []byte(text), []string{"links.lte.backward.trace.file=t/x.down"})
	if problems != nil {
		t.Fatal(problems)
	}
	lte := s.Links[1]
	if got := *lte.Forward.Trace; got != (spec.Trace{File: "../t/x.up", Path: "some/t/x.up"}) {
		t.Errorf("a file in a scenario is relative to its folder: %+v", got)
	}
	if got := *lte.Backward.Trace; got != (spec.Trace{File: "t/x.down", Path: "t/x.down"}) {
		t.Errorf("a file in an override is relative to the working directory: %+v", got)
	}
	if lte.Forward.Rate != 0 || lte.Backward.Rate != 0 {
		t.Errorf("a direction with a trace has a rate: %v, %v", lte.Forward.Rate, lte.Backward.Rate)
	}
}
