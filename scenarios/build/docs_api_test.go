package build_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mpsim/scenarios/build"
	"mpsim/scenarios/spec"
	"mpsim/sim"
)

// The pages about the socket API and its scripts. Their blocks are
//
//	yaml    a whole scenario, which is run;
//	python  a script: a body is put into the standard world of socket-api.md, a text with main() takes the
//	        place of its script, one with pick(), on_event() or on_ack() becomes a part of its hosts;
//	go      lines of the package's tests;
//	text    behind "It logs:" or "It ends with:", what the block before it says.

const (
	standardPage  = "../../docs/socket-api.md"
	standardName  = "name: standard-world"
	exampleMark   = "pass # the example"
	standardStart = "  start: |\n"
	standardEnd   = "applications:\n"
)

// pageBlock is one block of code of a page.
type pageBlock struct {
	language, text string
	line           int // of the page
	logs, ends     *string
}

// blocksOf reads a page.
func blocksOf(t *testing.T, file string) []pageBlock {
	t.Helper()
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []pageBlock
	var between []string
	inside := false
	for i, line := range strings.Split(string(page), "\n") {
		fence := strings.HasPrefix(line, "```")
		switch {
		case fence && !inside:
			all = append(all, pageBlock{language: line[3:], line: i + 1})
		case fence:
			if last := len(all) - 1; all[last].language == "text" && last > 0 {
				text := all[last].text
				switch strings.TrimSpace(strings.Join(between, "\n")) {
				case "It logs:":
					all[last-1].logs = &text
				case "It ends with:":
					all[last-1].ends = &text
				}
			}
			between = nil
		case inside:
			all[len(all)-1].text += line + "\n"
		default:
			between = append(between, line)
		}
		inside = inside != fence
	}
	if inside {
		t.Fatalf("%s: a block has no end", file)
	}
	return all
}

// standardWorld returns the scenario in which fragments run.
func standardWorld(t *testing.T) string {
	for _, b := range blocksOf(t, standardPage) {
		if b.language == "yaml" && strings.Contains(b.text, standardName) {
			return b.text
		}
	}
	t.Fatal("the page has no standard world")
	return ""
}

// TestSocketAPIPages runs every example of the pages about the socket API.
func TestSocketAPIPages(t *testing.T) {
	world := standardWorld(t)
	for page, least := range map[string]int{"socket-api.md": 16, "scripts.md": 12} {
		blocks := blocksOf(t, "../../docs/"+page)
		n := 0
		for i := range blocks {
			b := &blocks[i]
			switch b.language {
			case "yaml":
				b.check(t, page, b.text)
			case "python":
				text, sets := placed(t, world, b.text)
				b.check(t, page, text, sets...)
			default:
				continue
			}
			n++
		}
		if n < least {
			t.Errorf("%s has only %d examples", page, n)
		}
	}
}

// placed puts a script into the standard world.
func placed(t *testing.T, world, code string) (text string, sets []string) {
	t.Helper()
	before, rest, _ := strings.Cut(world, standardStart)
	start, after, found := strings.Cut(rest, standardEnd)
	if !found || !strings.Contains(start, exampleMark) {
		t.Fatal("the standard world has no place for examples")
	}
	indent := func(columns int, text string) string {
		space := strings.Repeat(" ", columns)
		return space + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+space) + "\n"
	}
	body := func(code string) {
		at := strings.Index(start, exampleMark)
		line := strings.LastIndex(start[:at], "\n") + 1
		end := at + strings.Index(start[at:], "\n") + 1
		start = start[:line] + indent(at-line, code) + start[end:]
	}
	plugin := func(key string) (string, []string) {
		for _, host := range []string{"phone", "server"} {
			sets = append(sets, "hosts."+host+"."+key+"=script:plugin")
		}
		body("for octets in [2 * MB, MB]:\n    s.send(str(octets))\n    s.recv(octets, discard = True)\ns.close()")
		return before + standardStart + start + "  plugin: |\n" + indent(4, code) + standardEnd + after, sets
	}
	has := func(function string) bool { return strings.Contains("\n"+code, "\ndef "+function+"(") }
	switch {
	case has("pick"):
		return plugin("mptcp.scheduler")
	case has("on_event"):
		return plugin("mptcp.path-manager")
	case has("on_ack"):
		return plugin("tcp.congestion")
	case has("main"):
		start = indent(4, code)
	default:
		body(code)
	}
	return before + standardStart + start + standardEnd + after, nil
}

// check runs a scenario and compares what it says with the page.
func (b *pageBlock) check(t *testing.T, page, text string, sets ...string) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s:%d: "+format, append([]any{page, b.line}, args...)...)
	}
	s, problems := spec.Load("t.yaml", []byte(text), sets)
	if problems != nil {
		fail("%v\n%s", problems, text)
		return
	}
	w, err := build.New(s, build.Options{})
	if err != nil {
		fail("%v", err)
		return
	}
	defer w.Close()
	w.Run(sim.Time(s.Duration))
	if err := w.Err(); err != nil {
		fail("%v", err)
	}
	switch failed := w.ScriptErrors(); {
	case b.ends == nil && failed != nil:
		fail("%v", failed)
	case b.ends != nil && (failed == nil || !strings.Contains(failed[0].Msg, strings.TrimSpace(*b.ends))):
		fail("ends with %v\nthe page has %s", failed, *b.ends)
	}
	var lines []string
	for _, l := range w.Log() {
		lines = append(lines, l.Text)
	}
	if got := strings.Join(lines, "\n"); b.logs != nil && got != strings.TrimRight(*b.logs, "\n") {
		fail("logs\n%s\nthe page has\n%s", got, *b.logs)
	}
}

// TestSocketAPIPagesGo: the examples in Go that the pages name are there, and those that they show are equal
// to them.
func TestSocketAPIPagesGo(t *testing.T) {
	tests := sources(t, "_test.go")
	for _, page := range []string{"socket-api.md", "scripts.md"} {
		text, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\bExample[A-Za-z_]*`).FindAllString(string(text), -1) {
			if !strings.Contains(tests, "\nfunc "+name+"()") {
				t.Errorf("%s: there is no %s", page, name)
			}
		}
		for _, b := range blocksOf(t, "../../docs/"+page) {
			if b.language == "go" && !strings.Contains(flat(tests), flat(b.text)) {
				t.Errorf("%s:%d: these lines are not in the tests", page, b.line)
			}
		}
	}
}

// TestSocketAPIPagesComplete: every name that scripts know stands on one of the pages.
func TestSocketAPIPagesComplete(t *testing.T) {
	var pages string
	for _, page := range []string{"socket-api.md", "scripts.md"} {
		text, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		pages += string(text)
	}
	words := regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`).FindAllString(pages, -1)
	code := sources(t, ".go")
	names := 0
	for _, pattern := range []string{
		`\bname: "([A-Z][A-Z_0-9]+)"`,          // options
		`\bparams\("([a-z_]+)"`,                // functions and methods
		`\{"([a-z_]+)", [a-zA-Z.]+(\(.*\))?\}`, // those without a signature, units
	} {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(code, -1) {
			names++
			if !slices.Contains(words, m[1]) {
				t.Errorf("no page has %s", m[1])
			}
		}
	}
	if names < 100 {
		t.Errorf("only %d names found", names)
	}
}

// sources are the files of package script and, if they are tests, of sockapi and what is below it.
func sources(t *testing.T, ending string) string {
	t.Helper()
	dirs := []string{"../../sockapi/script"}
	if ending == "_test.go" {
		dirs = append(dirs, "../../sockapi", "../../sockapi/netlink", "../../sockapi/policy")
	}
	var all strings.Builder
	for _, dir := range dirs {
		files, err := filepath.Glob(dir + "/*" + ending)
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, file := range files {
			if ending != "_test.go" && strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	return all.String()
}

// flat is a text without the space at the beginning of its lines.
func flat(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
