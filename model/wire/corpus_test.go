package wire

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var updateCorpus = flag.Bool("update-corpus", false, "write the seed corpora of the fuzz targets")

// TestSeedCorpus holds the committed seeds against the hand-made packets and options, so that a new
// golden becomes a seed.
func TestSeedCorpus(t *testing.T) {
	for i, g := range goldens {
		for version := range 2 {
			seed(t, "FuzzPacket", fmt.Sprintf("packet-%d-v%d", i, version), quoted(unhex(g.hex)), zero(version))
		}
	}
	for i, g := range optionGoldens {
		o := unhex(g.hex)
		reader := zero(int(g.versions[len(g.versions)-1] - '0'))
		seed(t, "FuzzOptions", fmt.Sprintf("options-%02d", i), quoted(o), reader)
		if target := targetOf(o); target != "" {
			body := o[2:o[1]]
			seed(t, target, fmt.Sprintf("option-%02d", i), quoted(body), reader)
			seed(t, target, fmt.Sprintf("short-%02d", i), quoted(body[:len(body)-1]), reader)
		}
		if o[0] == kindMSS || o[0] == kindNOP || o[0] == kindTimestamps {
			for o[0] == kindNOP {
				o = o[1:]
			}
			seed(t, "FuzzTCPOption", fmt.Sprintf("option-%02d", i), fmt.Sprintf("byte(%q)", rune(o[0])),
				quoted(o[2:o[1]]))
		}
	}
}

func quoted(b []byte) string { return fmt.Sprintf("[]byte(%q)", b) }

func zero(version int) string { return fmt.Sprintf("bool(%v)", version == 0) }

// targetOf names the fuzz target of an MPTCP option.
func targetOf(o []byte) string {
	if o[0] != kindMPTCP {
		return ""
	}
	return []string{"FuzzCapable", "FuzzJoin", "FuzzDSS", "FuzzAddAddr", "FuzzRemoveAddr", "FuzzPrio",
		"FuzzFail", "FuzzFastClose", "FuzzReset"}[o[2]>>4]
}

// seed checks, or with -update-corpus writes, one file of a corpus.
func seed(t *testing.T, target, name string, values ...string) {
	t.Helper()
	text := "go test fuzz v1\n"
	for _, value := range values {
		text += value + "\n"
	}
	dir := filepath.Join("testdata", "fuzz", target)
	path := filepath.Join(dir, name)
	if *updateCorpus {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, err := os.ReadFile(path); err != nil || string(have) != text {
		t.Errorf("seed %s is not up to date (%v); run go test -run TestSeedCorpus -update-corpus", path, err)
	}
}
