package torture

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var planted = flag.Bool("planted", false, "plant bugs and see them found (builds the test once a bug)")

// plants are bugs: a place in the code of the models, and what stands there instead.
var plants = []struct{ name, file, old, new string }{
	{"third packet of a join: HMAC not checked", "model/mptcp/join.go",
		"if mac != seg.Join.HMAC ||", "if false && mac != seg.Join.HMAC ||"},
	{"SYN/ACK of a join: HMAC not checked", "model/mptcp/join.go",
		"if binary.BigEndian.Uint64(mac[:8]) != ", "if false && binary.BigEndian.Uint64(mac[:8]) != "},
	{"DATA_ACK of one octet too many", "model/mptcp/dataack.go",
		"	return c.rcv.Next()\n}",
		"	if c.rcv.Next()&7 == 5 {\n		return c.rcv.Next() + 1\n	}\n	return c.rcv.Next()\n}"},
	{"ACK of one octet too many", "model/tcp/output.go",
		"seg.Ack = e.irs + uint32(e.rcv.nxt)\n",
		"seg.Ack = e.irs + uint32(e.rcv.nxt)\n		if e.rcv.nxt&7 == 5 {\n			seg.Ack++\n		}\n"},
	{"one reinjection in four forgotten", "model/mptcp/reinject.go",
		"if end > una && (all ||", "if end > una && r.Pos/1024%4 != 1 && (all ||"},
	{"a duplicate delivered", "model/tcp/recvbuffer.go",
		"p = p.Slice(uint32(b.next-pos), p.Len)", "p = p.Slice(min(p.Len-1, uint32(b.next-pos)-1), p.Len)"},
	{"an octet at the edge of the window dropped", "model/mptcp/mapping.go",
		"	before := c.rcv.Next()\n",
		"	if end == c.rcvEdge && p.Len > 1 {\n		p.Pos++\n		p.Len--\n		pos++\n" +
			"		c.rcv.Insert(pos-1, wire.Payload{Pos: p.Pos, Stream: p.Stream, Len: 1})\n	}\n" +
			"	before := c.rcv.Next()\n"},
	{"a wrong checksum accepted", "model/mptcp/mapping.go",
		"if wire.DSSChecksum(", "if false && wire.DSSChecksum("},
	{"the peer's window ignored", "model/mptcp/push.go",
		"n = min(limit, unsent, window)", "n = min(limit, unsent)"},
	{"a token kept", "model/mptcp/token.go", "		c.s.tokens.remove(c.localToken)\n", ""},
}

// TestPlantedBugs builds this package's test with one bug in the models, and holds 500 worlds to find it.
func TestPlantedBugs(t *testing.T) {
	if !*planted {
		t.Skip("builds the simulator once a bug: run with -planted, or make planted")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	var known []string // worlds that fail without any plant show nothing
	c := Campaign{Seed: 1, Worlds: 500, Done: func(seed uint64, o *Outcome) bool {
		if len(o.Violations) > 0 {
			known = append(known, fmt.Sprint(seed))
		}
		return true
	}}
	c.Run(t.Context())
	for _, p := range plants {
		t.Run(p.name, func(t *testing.T) {
			found, worlds := plant(t, root, known, p.file, p.old, p.new)
			if worlds == 0 {
				t.Errorf("500 worlds did not find it")
				return
			}
			t.Logf("found in world %d: %s", worlds, found)
		})
	}
}

// plant runs worlds with a changed file, and returns the first violation and how many worlds it took.
func plant(t *testing.T, root string, known []string, file, old, changed string) (found string, worlds int) {
	t.Helper()
	dir := t.TempDir()
	original := filepath.Join(root, filepath.FromSlash(file))
	text, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), old) != 1 {
		t.Fatalf("%s has %d places %q, not one: the code has moved on, mend the plant", file,
			strings.Count(string(text), old), old)
	}
	bug := filepath.Join(dir, "bug.go")
	write(t, bug, []byte(strings.Replace(string(text), old, changed, 1)))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{original: bug}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "overlay.json"), overlay)
	cmd := exec.Command("go", "test", "-overlay", filepath.Join(dir, "overlay.json"), "-vet=off", "-count=1",
		"-run", "^TestFirstViolation$", "-v", ".", "-args", "-worlds=500",
		"-except="+strings.Join(known, ","))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if _, rest, ok := strings.Cut(line, "FIRST "); ok {
			if _, err := fmt.Sscanf(rest, "%d", &worlds); err != nil {
				t.Fatal(err)
			}
			return strings.TrimSpace(rest), worlds
		}
	}
	return "", 0
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
