package pkt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTmpPublic(t *testing.T) {
	n, bad := 0, 0
	filepath.Walk("/tmp/pd", func(p string, i os.FileInfo, err error) error {
		if strings.HasSuffix(p, ".pkt") {
			b, _ := os.ReadFile(p)
			n++
			if _, err := Parse(p, string(b)); err != nil {
				bad++
				t.Log(err)
			}
		}
		return nil
	})
	t.Log(n, bad)
}
